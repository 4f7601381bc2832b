package org.xlstm4j.ops.loss;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The classes of a token where the words that are none of the teacher's k ids make one more: their log-sum-exp
 * u = max + log sum is its logit. No sum over the whole vocabulary is made, from which the k would have to be taken
 * off: where they hold almost all of the mass nothing would be left of the rest but rounding.
 *
 * @param k       ids a token
 * @param reduced of the words that are none of the k
 */
record CpuTail(int k, CpuHeadLoss.Reduced reduced) {
    private static final int BLOCK = 64;

    /** Copies the student's logits of the classes, each token's less their largest. */
    void student(int from, int count, float[] to) {
        for (int t = 0; t < count; t++) {
            int token = from + t;
            float max = max(token);
            for (int j = 0; j < k; j++) {
                to[t * (k + 1) + j] = picked(token, j) - max;
            }
            to[t * (k + 1) + k] = (float) (reduced.max()[token] - max + Math.log(reduced.sum()[token]));
        }
    }

    /** Copies k + 1 of the teacher's values, or k and their rest. */
    void teacher(Floats values, int from, int count, float[] to, Worker worker) {
        if (values.size(1) == k + 1) {
            worker.loadRows(values.at(from), values.stride(0), count, k + 1, to);
            return;
        }
        for (int t = 0; t < count; t++) {
            int first = t * (k + 1);
            worker.load(values.at(from + t), to, first, k);
            double sum = 0;
            for (int j = 0; j < k; j++) {
                sum += Math.exp(to[first + j]);
            }
            to[first + k] = (float) Divergence.logRest(sum);
        }
    }

    /**
     * Writes the cross-entropy with the targets and the classes' shares of the student's probability.
     *
     * @param crossEntropy [tokens, 1]
     * @param shares       [tokens, k + 1]
     */
    void crossEntropy(int tokens, Floats crossEntropy, Floats shares) {
        Workers.forEach(LogitTiles.blocks(tokens, BLOCK), (block, worker) -> {
            int from = block * BLOCK;
            int count = Math.min(BLOCK, tokens - from);
            var losses = worker.floats(count);
            var rows = worker.floats(count * (k + 1));
            for (int t = 0; t < count; t++) {
                losses[t] = crossEntropy(from + t, rows, t * (k + 1));
            }
            worker.storeRows(losses, count, 1, crossEntropy.at(from), crossEntropy.stride(0));
            worker.storeRows(rows, count, k + 1, shares.at(from), shares.stride(0));
        });
    }

    /** A token's cross-entropy; puts the shares at {@code at}. */
    private float crossEntropy(int token, float[] shares, int at) {
        float max = max(token);
        double rest = reduced.sum()[token] * Math.exp(reduced.max()[token] - max);
        double sum = rest;
        for (int j = 0; j < k; j++) {
            double share = Math.exp(picked(token, j) - max);
            shares[at + j] = (float) share;
            sum += share;
        }
        shares[at + k] = (float) rest;
        for (int j = 0; j <= k; j++) {
            shares[at + j] /= (float) sum;
        }
        return (float) (Math.log(sum) + (max - reduced.picked()[token * (k + 1)]));
    }

    private float picked(int token, int j) {
        return reduced.picked()[token * (k + 1) + 1 + j];
    }

    private float max(int token) {
        float max = reduced.max()[token];
        for (int j = 0; j < k; j++) {
            max = Math.max(max, picked(token, j));
        }
        return max;
    }
}
