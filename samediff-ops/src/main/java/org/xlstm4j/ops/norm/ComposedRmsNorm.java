package org.xlstm4j.ops.norm;

import org.nd4j.autodiff.samediff.SDVariable;

/** RMSNorm out of stock SameDiff ops. */
final class ComposedRmsNorm {

    private ComposedRmsNorm() {
    }

    static SDVariable apply(SDVariable x, SDVariable weight, double eps) {
        // A power rather than a division: ND4J's gradient of a division by a [1, 1] array is wrong.
        var scale = x.getSameDiff().math.square(x).mean(true, 1).add(eps).pow(-0.5);
        return x.mul(scale).mul(weight.reshape(1, -1));
    }

    static SDVariable perHead(SDVariable x, SDVariable weight, int heads, double eps) {
        long width = weight.getShape()[0];
        return apply(x.reshape(-1, width), weight, eps).reshape(-1, heads * width);
    }

    static NormedSum addAndNormalize(SDVariable x, SDVariable update, SDVariable weight, double eps) {
        var sum = x.add(update);
        return new NormedSum(sum, apply(sum, weight, eps));
    }
}
