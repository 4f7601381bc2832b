package org.xlstm4j.ops.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Arrays of arbitrary content, each in the memory of one that was given back where there is one of its size. */
final class ArrayPool {
    private final Map<Kind, Deque<INDArray>> free = new HashMap<>();
    /** What those handed out in another shape are views of: ND4J finds the memory of views of views step by step. */
    private final Map<INDArray, INDArray> wholes = new IdentityHashMap<>();

    private final List<INDArray> made = new ArrayList<>();

    /** What arrays in one another's place have in common. */
    private record Kind(DataType type, long length) {

        static Kind of(INDArray array) {
            return new Kind(array.dataType(), array.length());
        }
    }

    INDArray take(DataType type, long... shape) {
        long length = 1;
        for (long size : shape) {
            length *= size;
        }
        var found = free.getOrDefault(new Kind(type, length), new ArrayDeque<>()).poll();
        if (found == null) {
            found = Nd4j.createUninitializedDetached(type, shape);
            made.add(found);
            return found;
        }
        if (Arrays.equals(found.shape(), shape)) {
            return found;
        }
        var view = found.reshape('c', shape);
        wholes.put(view, found);
        return view;
    }

    /** All arrays that were made, in the memory of which all others lie. */
    List<INDArray> made() {
        return made;
    }

    void giveBack(INDArray array) {
        var whole = wholes.getOrDefault(array, array);
        free.computeIfAbsent(Kind.of(whole), kind -> new ArrayDeque<>()).push(whole);
    }
}
