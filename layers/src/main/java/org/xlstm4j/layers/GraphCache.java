package org.xlstm4j.layers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The graphs of one layer for the input shapes that it saw last. A graph serves any minibatch size, but one shape
 * beyond it: operators read the time length when they are composed.
 *
 * @param <G> a graph
 */
final class GraphCache<G> {
    private static final int CAPACITY = 8;

    private final Map<List<Long>, G> recent = new LinkedHashMap<>(CAPACITY, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<List<Long>, G> eldest) {
            return size() > CAPACITY;
        }
    };

    /** The graph for these inputs, or null where none was put yet. */
    G get(INDArray... inputs) {
        return recent.get(key(inputs));
    }

    void put(G graph, INDArray... inputs) {
        recent.put(key(inputs), graph);
    }

    private static List<Long> key(INDArray... inputs) {
        var key = new ArrayList<Long>();
        for (INDArray input : inputs) {
            key.add(-1L);
            for (int axis = 1; axis < input.rank(); axis++) {
                key.add(input.size(axis));
            }
        }
        return key;
    }
}
