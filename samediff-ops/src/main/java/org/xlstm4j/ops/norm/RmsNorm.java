package org.xlstm4j.ops.norm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

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
        return Form.isFused("RMSNorm", x.dataType())
                ? new RmsNormOp(x, weight, eps).outputVariable() : ComposedRmsNorm.apply(x, weight, eps);
    }
}
