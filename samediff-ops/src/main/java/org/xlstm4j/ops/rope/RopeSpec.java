package org.xlstm4j.ops.rope;

import java.util.Objects;

/**
 * What rotary position embedding needs to know: the rotated width, the base and how frequencies are scaled.
 *
 * @param headDim width of a head, all of which is rotated; even
 * @param theta   base of the geometric progression of wavelengths
 * @param scaling change of the frequencies for contexts longer than the pre-training's
 */
public record RopeSpec(int headDim, double theta, RopeScaling scaling) {

    public RopeSpec {
        if (headDim <= 0 || headDim % 2 != 0) {
            throw new IllegalArgumentException("headDim must be positive and even for RoPE, was " + headDim);
        }
        if (!(theta > 1) || Double.isInfinite(theta)) {
            throw new IllegalArgumentException("RoPE theta must be finite and above 1, was " + theta);
        }
        Objects.requireNonNull(scaling, "scaling");
    }

    /** A specification without scaling. */
    public static RopeSpec of(int headDim, double theta) {
        return new RopeSpec(headDim, theta, new RopeScaling.None());
    }

    /** Angular frequencies after scaling, one for each of the headDim / 2 rotated pairs. */
    public double[] inverseFrequencies() {
        var frequencies = new double[headDim / 2];
        for (int i = 0; i < frequencies.length; i++) {
            // float32, as the checkpoints' authors compute them: a model is trained with these very values.
            frequencies[i] = (float) scaling.scale((float) (1 / Math.pow(theta, 2.0 * i / headDim)));
        }
        return frequencies;
    }
}
