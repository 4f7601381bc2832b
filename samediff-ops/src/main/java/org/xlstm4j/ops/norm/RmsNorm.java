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
        return isFused(x, eps)
                ? new RmsNormOp(x, weight, eps).outputVariable() : ComposedRmsNorm.apply(x, weight, eps);
    }

    /**
     * The norm of each head by itself, all heads with the same weight: q/k-norm as some families have it.
     *
     * @param x      [rows, heads · headDim]
     * @param weight [headDim]
     * @param heads  heads of x
     * @param eps    added to the mean square, positive
     * @return [rows, heads · headDim]
     */
    public static SDVariable perHead(SDVariable x, SDVariable weight, int heads, double eps) {
        return isFused(x, eps) ? new RmsNormOp(x, weight, eps).outputVariable()
                : ComposedRmsNorm.perHead(x, weight, heads, eps);
    }

    /**
     * A norm and the residual connection that follows it: x + the norm of update as {@link #apply} has it.
     *
     * @param x      the residual stream, [rows, width]
     * @param update what a layer adds to it, before its norm, [rows, width]
     * @param weight [width]
     * @param eps    added to the mean square, positive
     * @return [rows, width]
     */
    public static SDVariable normalizeAndAdd(SDVariable x, SDVariable update, SDVariable weight, double eps) {
        return isFused(x, eps) ? new RmsNormOp(x, update, weight, eps).outputVariable()
                : x.add(ComposedRmsNorm.apply(update, weight, eps));
    }

    /**
     * A residual connection and the norm that follows it: sum = x + update, and the norm of sum as {@link #apply} has
     * it.
     *
     * @param x      the residual stream, [rows, width]
     * @param update what a layer adds to it, [rows, width]
     * @param weight [width]
     * @param eps    added to the mean square, positive
     */
    public static NormedSum addAndNormalize(SDVariable x, SDVariable update, SDVariable weight, double eps) {
        return isFused(x, eps)
                ? AddRmsNormOp.apply(x, update, weight, eps)
                : ComposedRmsNorm.addAndNormalize(x, update, weight, eps);
    }

    private static boolean isFused(SDVariable x, double eps) {
        if (!(eps > 0)) {
            throw new IllegalArgumentException("eps of RMSNorm must be positive, was " + eps);
        }
        return Form.isFused("RMSNorm", x.dataType());
    }
}
