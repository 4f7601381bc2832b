package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.xlstm4j.ops.Precision;

/**
 * What the fused ops know beside their arrays, kept in their integer arguments.
 *
 * @param spec       shapes, window and sinks
 * @param segments   whether rows have documents
 * @param finalState whether the mLSTM's last memory is wanted
 * @param precision  of products on a GPU
 */
record HybridArguments(HybridSpec spec, boolean segments, boolean finalState, Precision precision) {
    /** How many they are. */
    static final int COUNT = 9;

    private static final int FLAGS = 0;
    private static final long SEGMENTS = 1;
    private static final long FINAL_STATE = 2;

    static HybridArguments of(DynamicCustomOp op) {
        var spec = new HybridSpec(integer(op, 1), integer(op, 2), integer(op, 3), integer(op, 4), integer(op, 5),
                integer(op, 6), integer(op, 7));
        return new HybridArguments(spec, has(op, SEGMENTS), has(op, FINAL_STATE), Precision.of(op, COUNT - 1));
    }

    void addTo(DynamicCustomOp op) {
        op.addIArgument((segments ? SEGMENTS : 0) | (finalState ? FINAL_STATE : 0), spec.heads(),
                spec.keyValueHeads(), spec.time(), spec.headDim(), spec.window(), spec.sinks(), spec.chunkSize(),
                precision.ordinal());
    }

    static boolean hasFinalState(DynamicCustomOp op) {
        return has(op, FINAL_STATE);
    }

    private static boolean has(DynamicCustomOp op, long flag) {
        // ND4J asks an op that it has just made by its class, before it has any argument.
        return op.numIArguments() > 0 && (op.getIArgument(FLAGS) & flag) != 0;
    }

    private static int integer(DynamicCustomOp op, int index) {
        return op.getIArgument(index).intValue();
    }
}
