package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/** The linear map out of stock SameDiff ops. */
final class ComposedLinear {

    private ComposedLinear() {
    }

    static List<SDVariable> apply(SDVariable x, List<SDVariable> weights) {
        // ND4J M1.1 differentiates no more than one use of a constant.
        var input = x.isConstant() && weights.size() > 1 ? x.getSameDiff().identity(x) : x;
        return weights.stream().map(weight -> apply(input, weight)).toList();
    }

    static SDVariable apply(SDVariable x, SDVariable weight) {
        // ND4J's gradient of a product with a transposed factor is wrong where the product is a single number.
        return hasOneFeature(weight) ? x.mul(weight).sum(true, 1)
                : x.getSameDiff().mmul(x, weight, false, true, false);
    }

    private static boolean hasOneFeature(SDVariable weight) {
        var shape = weight.getShape();
        return shape != null && shape[0] == 1;
    }

    static SDVariable apply(SDVariable x, SDVariable weight, SDVariable bias) {
        return apply(x, weight).add(bias.reshape(1, -1));
    }
}
