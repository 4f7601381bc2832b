package org.xlstm4j.distill.targets;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Exp;

/**
 * The k largest of a row of logits, in falling order, ties in the order of their ids, with their log-probabilities.
 *
 * <p>Logits above a threshold are collected as numbers that sort as wanted; whenever there are several times k of them
 * they are sorted, and the k-th becomes the threshold. So most logits cost one comparison, however they are ordered.
 * For one thread.
 */
final class TopK {
    private static final int COLLECTED = 4;
    private static final int PART = 2048;

    private final int k;
    private final long[] best;
    private final Exp exp = new Exp();
    private float[] exponentials = new float[0];

    TopK(int k) {
        this.k = k;
        this.best = new long[COLLECTED * k + PART];
    }

    /**
     * @param logits   a matrix of logits, flat
     * @param from     where the row starts
     * @param width    length of the row
     * @param targets  receives ids, log-probabilities and, if it has room for it, the tail
     * @param token    where in {@code targets}
     * @throws ArithmeticException if a logit is not a number or infinite, or all are minus infinity
     */
    void select(float[] logits, int from, int width, TargetBatch targets, int token) {
        collect(logits, from, width);
        float max = logits[from + (int) best[0]];
        double sum = exponentials(logits, from, width, max);
        // What is no number is in the sum, wherever it was.
        if (!Float.isFinite(max) || !Double.isFinite(sum)) {
            throw new ArithmeticException("the teacher's logits are not finite, the largest is " + max
                    + ": its weights are broken, or too large for float32");
        }
        double logSum = max + Math.log(sum);
        double rest = sum;
        for (int i = 0; i < k; i++) {
            int id = (int) best[i];
            targets.ids()[token * k + i] = id;
            targets.logProbabilities()[token * k + i] = (float) (logits[from + id] - logSum);
            rest -= exponentials[id];
        }
        if (targets.tailLogProbabilities().length > 0) {
            targets.tailLogProbabilities()[token] = (float) Math.log(Math.max(0, k == width ? 0 : rest / sum));
        }
    }

    /** Leaves the k best in order. */
    private void collect(float[] logits, int from, int width) {
        int size = 0;
        // Nothing is below it.
        float threshold = Float.NaN;
        for (int start = 0; start < width; start += PART) {
            int end = Math.min(width, start + PART);
            for (int id = start; id < end; id++) {
                float logit = logits[from + id];
                // Later ids lose against equal ones.
                if (!(logit <= threshold)) {
                    best[size++] = sortable(logit, id);
                }
            }
            if (size >= COLLECTED * k) {
                Arrays.sort(best, 0, size);
                size = k;
                threshold = logits[from + (int) best[k - 1]];
            }
        }
        Arrays.sort(best, 0, size);
    }

    /** A number that is the less the greater the logit is, and among equal ones the less the id is. */
    private static long sortable(float logit, int id) {
        // Adding 0 makes −0 the 0 that it equals.
        int bits = Float.floatToRawIntBits(logit + 0f);
        int rising = bits ^ (bits >> 31 & Integer.MAX_VALUE);
        return (long) ~rising << Integer.SIZE | id;
    }

    /** Fills e^(logit − max) and returns their sum. */
    private double exponentials(float[] logits, int from, int width, float max) {
        if (exponentials.length < width) {
            exponentials = new float[width];
        }
        for (int id = 0; id < width; id++) {
            exponentials[id] = logits[from + id] - max;
        }
        exp.inPlace(exponentials, 0, width);
        // Four sums side by side, for one alone would wait for each addition.
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int even = width & -4;
        for (int id = 0; id < even; id += 4) {
            first += exponentials[id];
            second += exponentials[id + 1];
            third += exponentials[id + 2];
            fourth += exponentials[id + 3];
        }
        for (int id = even; id < width; id++) {
            first += exponentials[id];
        }
        return first + second + third + fourth;
    }
}
