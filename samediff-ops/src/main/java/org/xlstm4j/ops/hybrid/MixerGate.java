package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.factory.Nd4j;

/**
 * A gate of the mixer, one a head: what makes its pre-activation of what it reads. An open gate is 1 whatever it reads
 * and has constants for parameters: with open gates of the memory the mLSTM is linear attention, with an open output
 * gate the mixer gives the memory's read alone.
 *
 * @param weight [heads, width of what it reads]
 * @param bias   [heads]
 */
public record MixerGate(SDVariable weight, SDVariable bias) {
    /** σ of it is 1 and log σ is 0 in every type that activations and parameters come in. */
    static final double SATURATED = 10_000;

    /** An open input gate, exp(0) = 1, in the graph and the type of {@code like}. */
    public static MixerGate openExponential(SDVariable like, int heads, int width) {
        return constant(like, heads, width, 0);
    }

    /** An open forget or output gate, σ = 1, in the graph and the type of {@code like}. */
    public static MixerGate openSigmoid(SDVariable like, int heads, int width) {
        return constant(like, heads, width, SATURATED);
    }

    private static MixerGate constant(SDVariable like, int heads, int width, double bias) {
        var sd = like.getSameDiff();
        return new MixerGate(sd.constant(Nd4j.zeros(like.dataType(), heads, width)),
                sd.constant(Nd4j.zeros(like.dataType(), heads).addi(bias)));
    }
}
