package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;

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

    private Mlstm() {
    }

    /** The hidden states, [batch, heads, time, valueDim], all pairs of time steps at once: O(time²). */
    public static SDVariable parallel(MlstmSpec spec, MlstmInputs inputs) {
        return new ParallelMlstm(spec, inputs).hidden();
    }

    /** The hidden states, [batch, heads, time, valueDim], chunk by chunk: O(time · chunkSize). */
    public static SDVariable chunkwise(MlstmSpec spec, MlstmInputs inputs) {
        return new ChunkwiseMlstm(spec, inputs).hidden();
    }

    /** The hidden states and the memory after the last time step, chunk by chunk. */
    public static MlstmOutput chunkwiseWithState(MlstmSpec spec, MlstmInputs inputs) {
        var chunkwise = new ChunkwiseMlstm(spec, inputs);
        return new MlstmOutput(chunkwise.hidden(), chunkwise.finalState());
    }

    /**
     * One time step.
     *
     * @param spec       shapes and read; {@code time} plays no part
     * @param query      [batch, heads, keyDim]
     * @param key        [batch, heads, keyDim]
     * @param value      [batch, heads, valueDim]
     * @param inputGate  [batch, heads], pre-activation
     * @param forgetGate [batch, heads], pre-activation
     * @param state      the memory before the step
     * @return hidden [batch, heads, valueDim] and the memory after the step
     */
    public static MlstmOutput step(MlstmSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                   SDVariable inputGate, SDVariable forgetGate, MlstmState state) {
        return MlstmStep.run(spec, query, key, value, inputGate, forgetGate, state);
    }
}
