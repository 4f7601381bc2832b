package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * The gradients that arrive at the losses, as dz needs them: dz = factor · e^(z − max) / sum, and what each pick adds.
 * Without a tail the factor is dCE, targets add −dCE and the teacher's ids dKL · klGradient. With a tail the maximum
 * and the sum are those of the tail, whose words alone the factor dCE · share + dKL · klGradient of the tail serves; the
 * teacher's ids add dCE · share + dKL · klGradient of their own.
 *
 * @param factors  of each token, in memory of the caller's
 * @param pulls    of each pick, in memory of the caller's
 * @param hidesIds whether the factor passes over the teacher's ids
 */
record CpuPulls(float[] factors, float[] pulls, boolean hidesIds) {

    /** Of the cross-entropy alone. */
    static CpuPulls of(Floats dCrossEntropy, Worker caller) {
        int tokens = dCrossEntropy.size(0);
        var factors = column(dCrossEntropy, caller);
        var pulls = caller.floats(tokens);
        Vectors.scale(-1, factors, 0, pulls, 0, tokens);
        return new CpuPulls(factors, pulls, false);
    }

    /** Of both losses, the divergence without a tail. */
    static CpuPulls of(Floats dCrossEntropy, Floats dSparseKl, Floats klGradient, Worker caller) {
        int tokens = dCrossEntropy.size(0);
        int k = klGradient.size(1);
        var factors = column(dCrossEntropy, caller);
        var scales = column(dSparseKl, caller);
        var pulls = caller.floats(Math.multiplyExact(tokens, 1 + k));
        for (int token = 0; token < tokens; token++) {
            int first = token * (1 + k);
            pulls[first] = -factors[token];
            caller.load(klGradient.at(token), pulls, first + 1, k);
            Vectors.scale(scales[token], pulls, first + 1, pulls, first + 1, k);
        }
        return new CpuPulls(factors, pulls, false);
    }

    /** Of both losses, the divergence with a tail as its last class. */
    static CpuPulls of(Floats dCrossEntropy, Floats dSparseKl, Floats klGradient, Floats shares, Worker caller) {
        int tokens = dCrossEntropy.size(0);
        int classes = klGradient.size(1);
        var upstreams = column(dCrossEntropy, caller);
        var scales = column(dSparseKl, caller);
        var factors = caller.floats(tokens);
        var pulls = caller.floats(Math.multiplyExact(tokens, classes));
        var gradient = caller.floats(classes);
        var share = caller.floats(classes);
        for (int token = 0; token < tokens; token++) {
            caller.load(klGradient.at(token), gradient, 0, classes);
            caller.load(shares.at(token), share, 0, classes);
            Vectors.scale(scales[token], gradient, 0, gradient, 0, classes);
            Vectors.addScaled(upstreams[token], share, 0, gradient, 0, classes);
            factors[token] = gradient[classes - 1];
            pulls[token * classes] = -upstreams[token];
            System.arraycopy(gradient, 0, pulls, token * classes + 1, classes - 1);
        }
        return new CpuPulls(factors, pulls, true);
    }

    private static float[] column(Floats values, Worker caller) {
        var column = caller.floats(values.size(0));
        caller.loadRows(values.address(), values.stride(0), values.size(0), 1, column);
        return column;
    }
}
