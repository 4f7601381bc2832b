package org.xlstm4j.ops.mlstm;

import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.xlstm4j.ops.Precision;

/**
 * What the fused ops know beside their arrays, kept in their integer and floating-point arguments.
 *
 * @param spec         shapes and read
 * @param initialState whether there is a memory to start from
 * @param segments     whether rows have documents
 * @param finalState   whether the last memory is wanted
 * @param precision    of products on a GPU
 */
record MlstmArguments(MlstmSpec spec, boolean initialState, boolean segments, boolean finalState,
                      Precision precision) {
    private static final int FLAGS = 0;
    private static final int PRECISION = 7;
    private static final long INITIAL_STATE = 1;
    private static final long SEGMENTS = 2;
    private static final long FINAL_STATE = 4;

    static MlstmArguments of(MlstmSpec spec, MlstmInputs inputs, boolean finalState) {
        return new MlstmArguments(spec, inputs.initial() != null, inputs.segments() != null, finalState,
                Precision.wanted());
    }

    static MlstmArguments of(DynamicCustomOp op) {
        var spec = new MlstmSpec(integer(op, 1), integer(op, 2), integer(op, 3), integer(op, 4),
                MlstmSpec.Read.values()[integer(op, 5)], op.getTArgument(0), integer(op, 6));
        return new MlstmArguments(spec, has(op, INITIAL_STATE), has(op, SEGMENTS), has(op, FINAL_STATE),
                Precision.of(op, PRECISION));
    }

    void addTo(DynamicCustomOp op) {
        long flags = (initialState ? INITIAL_STATE : 0) | (segments ? SEGMENTS : 0) | (finalState ? FINAL_STATE : 0);
        op.addIArgument(flags, spec.heads(), spec.time(), spec.keyDim(), spec.valueDim(), spec.read().ordinal(),
                spec.chunkSize(), precision.ordinal());
        op.addTArgument(spec.keyScale());
    }

    /** How many of {@link MlstmOp}'s inputs have gradients: all but the segments. */
    int differentiable() {
        return differentiable(initialState);
    }

    static int differentiable(DynamicCustomOp op) {
        return differentiable(has(op, INITIAL_STATE));
    }

    private static int differentiable(boolean initialState) {
        return initialState ? MlstmOp.GATED + MlstmOp.STATE : MlstmOp.GATED;
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
