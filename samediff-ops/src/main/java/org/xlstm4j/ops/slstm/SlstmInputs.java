package org.xlstm4j.ops.slstm;

import java.util.Objects;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What an sLSTM reads.
 *
 * @param gates     what the input gives to the pre-activations, [batch · time, 4 · heads · headDim]: those of all input
 *                  gates i, then of the forget gates f, of the values z and of the output gates o, each by head
 * @param recurrent what the hidden state gives to them, in the same order, [4, heads, headDim, headDim], the last axis
 *                  that of the hidden state
 * @param mask      [batch, time]: 1 where a step is present; 0 where not, which changes no state and comes out as
 *                  zeros; null where all are present
 * @param initial   the memory to start from; null for an empty one
 */
public record SlstmInputs(SDVariable gates, SDVariable recurrent, SDVariable mask, SlstmState initial) {
    /** Pre-activations of a unit. */
    static final int GATES = 4;

    public SlstmInputs {
        Objects.requireNonNull(gates, "gates");
        Objects.requireNonNull(recurrent, "recurrent");
    }

    /** Inputs whose steps are all present, starting with an empty memory. */
    public SlstmInputs(SDVariable gates, SDVariable recurrent) {
        this(gates, recurrent, null, null);
    }

    /** The same inputs with a mask. */
    public SlstmInputs withMask(SDVariable present) {
        return new SlstmInputs(gates, recurrent, present, initial);
    }

    /** The same inputs with an initial memory. */
    public SlstmInputs withInitial(SlstmState state) {
        return new SlstmInputs(gates, recurrent, mask, state);
    }
}
