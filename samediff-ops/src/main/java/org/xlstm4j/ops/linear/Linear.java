package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

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
        return apply(x, List.of(weight)).get(0);
    }

    /**
     * y_i = x · W_iᵀ: several maps of one input, such as queries, keys and values. Faster than one after another.
     *
     * @param x       [rows, in]
     * @param weights at least one; [out_i, in]
     * @return one a weight, in their order; [rows, out_i]
     * @throws IllegalArgumentException if there is no weight
     */
    public static List<SDVariable> apply(SDVariable x, List<SDVariable> weights) {
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("a linear map needs a weight");
        }
        return isFused(x) ? List.of(new LinearOp(x, weights, List.of()).outputVariables())
                : ComposedLinear.apply(x, weights);
    }

    /**
     * y = x · Wᵀ + b.
     *
     * @param x      [rows, in]
     * @param weight [out, in]
     * @param bias   [out] or [1, out]
     * @return [rows, out]
     */
    public static SDVariable apply(SDVariable x, SDVariable weight, SDVariable bias) {
        return isFused(x) ? new LinearOp(x, List.of(weight), List.of(bias)).outputVariable()
                : ComposedLinear.apply(x, weight, bias);
    }

    private static boolean isFused(SDVariable x) {
        return Form.isFused("Linear", x.dataType());
    }
}
