package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.mlstm.MlstmState;

/** An mLSTM's memory as a layer's state: S · e^-m, z · e^-m and m. */
final class MlstmMemory {
    private static final String MEMORY = "memory";
    private static final String NORMALIZER = "normalizer";
    private static final String MAX = "max";
    /** The logarithm of nothing: finite, so that differences with it stay numbers. */
    private static final double EMPTY = -1e30;

    private MlstmMemory() {}

    static List<StateArray> arrays(int heads, int size) {
        return List.of(StateArray.zeros(MEMORY, heads, size, size), StateArray.zeros(NORMALIZER, heads, size),
                new StateArray(MAX, EMPTY, heads));
    }

    static MlstmState of(Map<String, SDVariable> state) {
        return new MlstmState(state.get(MEMORY), state.get(NORMALIZER), state.get(MAX));
    }

    static Map<String, SDVariable> arrays(MlstmState state) {
        return Map.of(MEMORY, state.memory(), NORMALIZER, state.normalizer(), MAX, state.max());
    }
}
