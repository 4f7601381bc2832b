package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ops.impl.controlflow.compat.StopGradient;
import org.nd4j.linalg.factory.Nd4j;

/** The pieces of the stabilised computation that all forms share. */
final class LogSpace {
    /** The logarithm of nothing: finite, so that differences with it stay numbers. */
    static final double EMPTY = -1e30;

    private LogSpace() {
    }

    /** log σ(x) = (x − |x|) / 2 − log(1 + e^−|x|): never overflows, and its derivative is right at 0 too. */
    static SDVariable logSigmoid(SDVariable x) {
        var sd = x.getSameDiff();
        var magnitude = sd.math.abs(x);
        var correction = sd.math.log(sd.math.exp(magnitude.neg()).add(1.0));
        return x.sub(magnitude).mul(0.5).sub(correction);
    }

    /** x with no gradient: the maxima cancel out of every product, so none needs to flow through them there. */
    static SDVariable constant(SDVariable x) {
        return new StopGradient(x.getSameDiff(), x).outputVariable();
    }

    /** x where the mask is 1, {@link #EMPTY} where it is 0. */
    static SDVariable masked(SDVariable x, SDVariable mask) {
        return x.mul(mask).add(mask.sub(1.0).mul(-EMPTY));
    }

    /**
     * Running sums over the last axis as a product with a triangular matrix, whose gradient is right on every release.
     *
     * @param x         [batch, heads, length]
     * @param exclusive whether to put a 0 before the first sum, for length + 1 sums
     */
    static SDVariable runningSum(SDVariable x, int heads, int length, boolean exclusive) {
        var sd = x.getSameDiff();
        int sums = exclusive ? length + 1 : length;
        int offset = exclusive ? 1 : 0;
        var ones = new double[length][sums];
        for (int from = 0; from < length; from++) {
            for (int to = from + offset; to < sums; to++) {
                ones[from][to] = 1;
            }
        }
        var triangle = sd.constant(Nd4j.createFromArray(ones).castTo(x.dataType()));
        return x.reshape(-1, length).mmul(triangle).reshape(-1, heads, sums);
    }

    /**
     * q S / q z as {@code read} says, from products stabilised with a constant maximum. Unstabilised, the clamped read
     * is q S / (max(|q z|, 1) + eps e^m): the maximum's own gradient is that of eps alone.
     */
    static SDVariable read(MlstmSpec.Read read, SDVariable numerator, SDVariable denominator, SDVariable max) {
        return switch (read) {
            case NORMALIZER -> numerator.div(denominator.add(read.eps()));
            case CLAMPED -> {
                var sd = numerator.getSameDiff();
                // The maximum is held constant before exp, which may be infinite: SameDiff's zero times that is not 0.
                var fixed = constant(max);
                var one = sd.math.exp(fixed.neg());
                var excess = sd.nn.relu(sd.math.abs(denominator).sub(one), 0);
                var eps = sd.math.exp(max.sub(fixed)).mul(read.eps());
                yield numerator.div(one.add(excess).add(eps));
            }
        };
    }
}
