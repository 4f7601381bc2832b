package org.xlstm4j.ops.slstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/**
 * The sLSTM (arXiv 2405.04517, Eq. 8–24). With the pre-activations i, f, z and o of a unit, each the input's part plus
 * that of the hidden state of its head one step before:
 * <pre>
 * c_t = f'_t c_{t-1} + exp(i_t) tanh(z_t)
 * n_t = f'_t n_{t-1} + exp(i_t)
 * h_t = σ(o_t) c_t / n_t
 * </pre>
 * where f' is σ(f) or exp(f); computed in log space, with m_t = max(log f'_t + m_{t-1}, i_t) taken out of c and n.
 *
 * <p>Time steps follow each other, so the time is that of the longest chain: O(time · headDim²) a head. There is a
 * fused form for the CPU. On a GPU, and in float64, it is composed of stock ops, some thirty a step: right, but slow.
 */
public final class Slstm {
    private Slstm() {
    }

    /** The hidden states, [batch · time, heads · headDim]. */
    public static SDVariable hidden(SlstmSpec spec, SlstmInputs inputs) {
        return isFused(inputs) ? SlstmOp.hidden(spec, inputs) : new ComposedSlstm(spec, inputs).run().hidden();
    }

    /** The hidden states and the memory after the last time step. */
    public static SlstmOutput withState(SlstmSpec spec, SlstmInputs inputs) {
        return isFused(inputs) ? SlstmOp.withState(spec, inputs) : new ComposedSlstm(spec, inputs).run();
    }

    private static boolean isFused(SlstmInputs inputs) {
        return Form.isFusedOnCpu("sLSTM", inputs.gates().dataType());
    }
}
