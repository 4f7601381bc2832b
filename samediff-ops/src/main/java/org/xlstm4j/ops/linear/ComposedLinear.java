package org.xlstm4j.ops.linear;

import java.util.List;
import java.util.stream.IntStream;
import org.nd4j.autodiff.samediff.SDVariable;

/** The linear map out of stock SameDiff ops. */
final class ComposedLinear {

    private ComposedLinear() {
    }

    /** @param biases one a weight, or none at all */
    static List<SDVariable> apply(SDVariable x, List<SDVariable> weights, List<SDVariable> biases) {
        // ND4J M1.1 differentiates no more than one use of a constant.
        var input = x.isConstant() && weights.size() > 1 ? x.getSameDiff().identity(x) : x;
        var products = weights.stream().map(weight -> apply(input, weight)).toList();
        return biases.isEmpty() ? products : IntStream.range(0, products.size())
                .mapToObj(i -> products.get(i).add(biases.get(i).reshape(1, -1))).toList();
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
}
