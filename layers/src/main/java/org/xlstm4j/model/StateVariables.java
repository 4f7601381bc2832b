package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.DecodeState.Names;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.mlstm.MlstmState;

/** The layers' states in a graph: placeholders for what was before, and what the graph makes of it. */
final class StateVariables {
    private final SameDiff sd;
    private final ModelConfig config;
    private final List<RingBuffer> rings;
    private final Map<String, SDVariable> updated = new LinkedHashMap<>();

    StateVariables(SameDiff sd, ModelConfig config, List<RingBuffer> rings) {
        this.sd = sd;
        this.config = config;
        this.rings = rings;
    }

    /**
     * A layer's state.
     *
     * @param keys   [batch, slots, keyValueHeads · headDim]
     * @param values [batch, slots, keyValueHeads · headDim]
     * @param memory the student's mLSTM's; null for a teacher
     */
    record Layer(RingBuffer ring, SDVariable keys, SDVariable values, MlstmState memory) {
    }

    /** What was before. */
    Layer before(int layer) {
        var names = Names.of(layer);
        var ring = rings.get(layer);
        long slot = (long) config.keyValueHeads() * config.headDim();
        return new Layer(ring, placeHolder(names.keys(), ring.slots(), slot),
                placeHolder(names.values(), ring.slots(), slot), config.isStudent() ? memory(names) : null);
    }

    private MlstmState memory(Names names) {
        int heads = config.heads();
        int width = config.headDim();
        return new MlstmState(placeHolder(names.memory(), heads, width, width),
                placeHolder(names.normalizer(), heads, width), placeHolder(names.max(), heads));
    }

    private SDVariable placeHolder(String name, long... shapeOfARow) {
        var shape = new long[shapeOfARow.length + 1];
        shape[0] = -1;
        System.arraycopy(shapeOfARow, 0, shape, 1, shapeOfARow.length);
        return sd.placeHolder(name, DataType.FLOAT, shape);
    }

    /** Says what is after. */
    void after(int layer, SDVariable keys, SDVariable values, MlstmState memory) {
        var names = Names.of(layer);
        updated.put(names.keys(), keys);
        updated.put(names.values(), values);
        if (memory != null) {
            updated.put(names.memory(), memory.memory());
            updated.put(names.normalizer(), memory.normalizer());
            updated.put(names.max(), memory.max());
        }
    }

    /** The names of what is after, and of another variable first. */
    List<String> namesWith(SDVariable first) {
        var names = new ArrayList<String>();
        names.add(first.name());
        updated.values().forEach(variable -> names.add(variable.name()));
        return names;
    }

    /** The names of what is after that {@code wanted} takes, with those of the placeholders. */
    Map<String, String> placeHolders(Predicate<String> wanted) {
        var names = new HashMap<String, String>();
        updated.forEach((state, variable) -> {
            if (wanted.test(state)) {
                names.put(variable.name(), state);
            }
        });
        return names;
    }

    /** What is after, by the placeholders' names. */
    Map<String, INDArray> after(Function<String, INDArray> value) {
        var arrays = new HashMap<String, INDArray>();
        updated.forEach((state, variable) -> arrays.put(state, value.apply(variable.name())));
        return arrays;
    }
}
