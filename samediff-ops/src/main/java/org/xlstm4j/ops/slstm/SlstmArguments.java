package org.xlstm4j.ops.slstm;

import org.nd4j.linalg.api.ops.DynamicCustomOp;

/**
 * What the fused ops know beside their arrays, kept in their integer arguments.
 *
 * @param spec         shapes and forget gate
 * @param initialState whether there is a memory to start from
 * @param mask         whether steps may be absent
 * @param finalState   whether the last memory is wanted
 */
record SlstmArguments(SlstmSpec spec, boolean initialState, boolean mask, boolean finalState) {
    private static final int FLAGS = 0;
    private static final long INITIAL_STATE = 1;
    private static final long MASK = 2;
    private static final long FINAL_STATE = 4;

    static SlstmArguments of(SlstmSpec spec, SlstmInputs inputs, boolean finalState) {
        return new SlstmArguments(spec, inputs.initial() != null, inputs.mask() != null, finalState);
    }

    static SlstmArguments of(DynamicCustomOp op) {
        var spec = new SlstmSpec(integer(op, 1), integer(op, 2), integer(op, 3),
                SlstmSpec.ForgetGate.values()[integer(op, 4)]);
        return new SlstmArguments(spec, has(op, INITIAL_STATE), has(op, MASK), has(op, FINAL_STATE));
    }

    void addTo(DynamicCustomOp op) {
        long flags = (initialState ? INITIAL_STATE : 0) | (mask ? MASK : 0) | (finalState ? FINAL_STATE : 0);
        op.addIArgument(flags, spec.heads(), spec.time(), spec.headDim(), spec.forgetGate().ordinal());
    }

    /** How many of {@link SlstmOp}'s inputs have gradients: gates and weights, and of a state all but its max. */
    int differentiable() {
        return initialState ? SlstmOp.WEIGHTED + SlstmOp.STATE - 1 : SlstmOp.WEIGHTED;
    }

    /** Which of the inputs is the mask, where there is one; which comes after the state, where there is none. */
    int maskIndex() {
        return initialState ? SlstmOp.WEIGHTED + SlstmOp.STATE : SlstmOp.WEIGHTED;
    }

    static boolean hasFinalState(DynamicCustomOp op) {
        return has(op, FINAL_STATE);
    }

    static boolean hasInitialState(DynamicCustomOp op) {
        return has(op, INITIAL_STATE);
    }

    private static boolean has(DynamicCustomOp op, long flag) {
        // ND4J asks an op that it has just made by its class, before it has any argument.
        return op.numIArguments() > 0 && (op.getIArgument(FLAGS) & flag) != 0;
    }

    private static int integer(DynamicCustomOp op, int index) {
        return op.getIArgument(index).intValue();
    }
}
