package org.xlstm4j.ops.linear;

import org.nd4j.autodiff.samediff.SDVariable;

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
        var opened = x.getSameDiff().nn.swish(Linear.apply(x, gate));
        return Linear.apply(opened.mul(Linear.apply(x, up)), down);
    }
}
