package org.xlstm4j.ops.linear;

import org.nd4j.autodiff.samediff.SDVariable;

/** The linear map of a checkpoint's layer, whose weight is stored as [out, in]. */
public final class Linear {

    private Linear() {
    }

    /**
     * y = x · Wᵀ.
     *
     * @param x      [rows, in]
     * @param weight [out, in]
     * @return [rows, out]
     */
    public static SDVariable apply(SDVariable x, SDVariable weight) {
        return x.getSameDiff().mmul(x, weight, false, true, false);
    }

    /**
     * y = x · Wᵀ + b.
     *
     * @param x      [rows, in]
     * @param weight [out, in]
     * @param bias   [out]
     * @return [rows, out]
     */
    public static SDVariable apply(SDVariable x, SDVariable weight, SDVariable bias) {
        return apply(x, weight).add(bias.reshape(1, -1));
    }
}
