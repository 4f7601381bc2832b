package org.xlstm4j.ops.linear;

import org.nd4j.autodiff.samediff.SDVariable;

/** The SwiGLU MLP out of stock SameDiff ops. */
final class ComposedSwiGlu {

    private ComposedSwiGlu() {
    }

    static SDVariable apply(SDVariable x, SDVariable gate, SDVariable up, SDVariable down) {
        var closed = ComposedLinear.apply(x, gate);
        // Not swish: the gradient of ND4J's is NaN where e^−x overflows.
        var opened = closed.mul(x.getSameDiff().nn.sigmoid(closed));
        return ComposedLinear.apply(opened.mul(ComposedLinear.apply(x, up)), down);
    }
}
