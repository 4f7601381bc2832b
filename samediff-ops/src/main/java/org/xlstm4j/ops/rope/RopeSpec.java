package org.xlstm4j.ops.rope;

import java.util.Objects;
import java.util.stream.IntStream;

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

    /** The angular frequency of a pair before scaling, theta^(−2 pair / headDim). */
    double frequency(int pair) {
        // float32, as the checkpoints' authors compute them: a model is trained with these very values.
        return (float) (1 / Math.pow(theta, 2.0 * pair / headDim));
    }

    /** Angular frequencies after scaling, one for each of the headDim / 2 rotated pairs, of float32 values. */
    public double[] inverseFrequencies() {
        return IntStream.range(0, headDim / 2).mapToDouble(pair -> (float) scaling.frequency(this, pair)).toArray();
    }
}
