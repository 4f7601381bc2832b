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
        return apply(x, weights, List.of());
    }

    /**
     * y_i = x · W_iᵀ + b_i: several maps of one input with biases.
     *
     * @param x       [rows, in]
     * @param weights at least one; [out_i, in]
     * @param biases  one a weight, [out_i] or [1, out_i], or none at all
     * @return one a weight, in their order; [rows, out_i]
     * @throws IllegalArgumentException if there is no weight, or another number of biases
     */
    public static List<SDVariable> apply(SDVariable x, List<SDVariable> weights, List<SDVariable> biases) {
        if (weights.isEmpty()) {
            throw new IllegalArgumentException("a linear map needs a weight");
        }
        if (!biases.isEmpty() && biases.size() != weights.size()) {
            throw new IllegalArgumentException(weights.size() + " linear maps need as many biases or none, there are "
                    + biases.size());
        }
        return isFused(x) ? List.of(new LinearOp(x, weights, biases).outputVariables())
                : ComposedLinear.apply(x, weights, biases);
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
        return apply(x, List.of(weight), List.of(bias)).get(0);
    }

    private static boolean isFused(SDVariable x) {
        return Form.isFused("Linear", x.dataType());
    }
}
