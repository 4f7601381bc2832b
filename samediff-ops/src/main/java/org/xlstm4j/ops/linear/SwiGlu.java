package org.xlstm4j.ops.linear;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/** The gated MLP of Llama-like models (arXiv 2002.05202). */
public final class SwiGlu {

    private SwiGlu() {
    }

    /**
     * y = (silu(x · W_gateᵀ) ⊙ x · W_upᵀ) · W_downᵀ.
     *
     * @param x    [rows, hidden]
     * @param gate [intermediate, hidden]
     * @param up   [intermediate, hidden]
     * @param down [hidden, intermediate]
     * @return [rows, hidden]
     */
    public static SDVariable apply(SDVariable x, SDVariable gate, SDVariable up, SDVariable down) {
        return Form.isFused("SwiGLU", x.dataType())
                ? new SwiGluOp(x, gate, up, down).outputVariables()[0] : ComposedSwiGlu.apply(x, gate, up, down);
    }
}
