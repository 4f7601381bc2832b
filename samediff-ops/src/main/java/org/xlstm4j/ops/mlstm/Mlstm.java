package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/**
 * The mLSTM (arXiv 2405.04517; arXiv 2603.15590, Eq. 8–10):
 * <pre>
 * S_t = σ(f_t) S_{t-1} + exp(i_t) k_t ⊗ v_t
 * z_t = σ(f_t) z_{t-1} + exp(i_t) k_t
 * h_t = read(q_t, S_t, z_t)
 * </pre>
 * computed in log space, with m_t = max(log σ(f_t) + m_{t-1}, i_t) taken out of S and z.
 */
public final class Mlstm {
    /** The max of a memory that nothing was written to: the logarithm of nothing, but finite. */
    public static final double EMPTY = LogSpace.EMPTY;

    private static final String NAME = "mLSTM";

    private Mlstm() {
    }

    /**
     * The hidden states, [batch · time, heads · valueDim], all pairs of time steps at once out of stock SameDiff ops:
     * O(time²). The plain form that the others are measured by.
     */
    public static SDVariable parallel(MlstmSpec spec, MlstmInputs inputs) {
        return ComposedMlstm.parallel(spec, inputs);
    }

    /** The hidden states, [batch · time, heads · valueDim], chunk by chunk: O(time · chunkSize). */
    public static SDVariable chunkwise(MlstmSpec spec, MlstmInputs inputs) {
        return isFused(inputs) ? MlstmOp.hidden(spec, inputs) : ComposedMlstm.chunkwise(spec, inputs);
    }

    /** The hidden states and the memory after the last time step, chunk by chunk. */
    public static MlstmOutput chunkwiseWithState(MlstmSpec spec, MlstmInputs inputs) {
        return isFused(inputs) ? MlstmOp.withState(spec, inputs) : ComposedMlstm.chunkwiseWithState(spec, inputs);
    }

    /**
     * One time step.
     *
     * @param spec   shapes and read; {@code time} plays no part
     * @param inputs of one step, [batch, …], with an initial memory and without segments
     */
    public static MlstmOutput step(MlstmSpec spec, MlstmInputs inputs) {
        if (inputs.initial() == null || inputs.segments() != null) {
            throw new IllegalArgumentException("a step of the mLSTM needs a memory to start from, and no segments");
        }
        return isFused(inputs) ? MlstmOp.withState(spec.withTime(1), inputs) : ComposedMlstm.step(spec, inputs);
    }

    private static boolean isFused(MlstmInputs inputs) {
        return Form.isFused(NAME, inputs.query().dataType());
    }
}
