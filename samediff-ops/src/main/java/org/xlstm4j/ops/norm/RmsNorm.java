package org.xlstm4j.ops.norm;

import org.nd4j.autodiff.samediff.SDVariable;

/** Root-mean-square normalisation (arXiv 1910.07467). */
public final class RmsNorm {

    private RmsNorm() {
    }

    /**
     * y = x / sqrt(mean(x²) + eps) ⊙ w, the mean taken over the features of a row.
     *
     * @param x      [rows, width]
     * @param weight [width]
     * @param eps    added to the mean square, positive
     * @return [rows, width]
     */
    public static SDVariable apply(SDVariable x, SDVariable weight, double eps) {
        if (!(eps > 0)) {
            throw new IllegalArgumentException("eps of RMSNorm must be positive, was " + eps);
        }
        // A power rather than a division: ND4J's gradient of a division by a [1, 1] array is wrong.
        var scale = x.getSameDiff().math.square(x).mean(true, 1).add(eps).pow(-0.5);
        return x.mul(scale).mul(weight.reshape(1, -1));
    }
}
