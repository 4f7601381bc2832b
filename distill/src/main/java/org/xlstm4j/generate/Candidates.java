package org.xlstm4j.generate;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Exp;

/**
 * The tokens that may come next, in the order of their ids, and their weights: probabilities times a factor, the
 * likeliest token's weight being 1. For one thread, which uses it again and again.
 */
final class Candidates {
    /** Parts of the vocabulary for each token that is to be kept. */
    private static final int PARTS = 4;

    private final Exp exp = new Exp();
    private final int[] ids;
    private final float[] weights;
    private final float[] scratch;
    private int size;

    Candidates(int vocabSize) {
        ids = new int[vocabSize];
        weights = new float[vocabSize];
        scratch = new float[vocabSize];
    }

    int id(int i) {
        return ids[i];
    }

    /** Takes all tokens, or the {@code topK} likeliest and those as likely as the last of them. */
    void take(float[] logits, int topK) {
        int vocabSize = ids.length;
        boolean all = topK == 0 || topK >= vocabSize;
        float least = all ? Float.NEGATIVE_INFINITY : leastOf(logits, topK);
        size = 0;
        for (int id = 0; id < vocabSize; id++) {
            if (logits[id] >= least) {
                weights[size] = logits[id];
                ids[size++] = id;
            }
        }
    }

    /**
     * The least of the k largest logits. As many of the largest in parts of the vocabulary are at least as large as the
     * k-th of these, and so no less one need be looked at.
     */
    private float leastOf(float[] logits, int k) {
        int length = logits.length;
        int parts = PARTS * k;
        float bound = Float.NEGATIVE_INFINITY;
        if (parts < length / PARTS) {
            for (int part = 0; part < parts; part++) {
                int from = (int) ((long) length * part / parts);
                scratch[part] = largest(logits, from, (int) ((long) length * (part + 1) / parts));
            }
            bound = Selection.ofLargest(scratch, parts, k).value();
        }
        int kept = 0;
        for (float logit : logits) {
            if (logit >= bound) {
                scratch[kept++] = logit;
            }
        }
        return Selection.ofLargest(scratch, kept, k).value();
    }

    static float largest(float[] numbers, int from, int to) {
        float largest = numbers[from];
        for (int i = from + 1; i < to; i++) {
            largest = Math.max(largest, numbers[i]);
        }
        return largest;
    }

    /** Turns logits to weights: e^((logit − largest) / temperature). */
    void weigh(double temperature) {
        float largest = largest(weights, 0, size);
        for (int i = 0; i < size; i++) {
            weights[i] = (float) ((weights[i] - largest) / temperature);
        }
        exp.inPlace(weights, 0, size);
    }

    /** Keeps the fewest likeliest that have this probability together, the lowest ids of equally likely ones. */
    void keepTopP(double probability) {
        double sum = sum(weights, size);
        // All that are less likely have, together, less than what may be left out.
        float bound = (float) ((1 - probability) * sum / size);
        int kept = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] >= bound) {
                scratch[kept++] = weights[i];
            }
        }
        var last = Selection.ofSum(scratch, kept, probability * sum);
        long equals = (long) Math.ceil(last.missing() / last.value());
        int left = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] > last.value() || weights[i] == last.value() && equals-- > 0) {
                keep(i, left++);
            }
        }
        size = left;
    }

    /** Keeps those with at least this part of the likeliest one's probability. */
    void keepMinP(double part) {
        int left = 0;
        for (int i = 0; i < size; i++) {
            if (weights[i] >= part) {
                keep(i, left++);
            }
        }
        size = left;
    }

    private void keep(int from, int to) {
        ids[to] = ids[from];
        weights[to] = weights[from];
    }

    /** The token at {@code share}, 0 ≤ share < 1, of all probability, told by ids. */
    int draw(double share) {
        double left = share * sum(weights, size);
        for (int i = 0; i < size - 1; i++) {
            left -= weights[i];
            if (left < 0) {
                return ids[i];
            }
        }
        return ids[size - 1];
    }

    /** The probability of each, [size]. */
    double[] probabilities() {
        double sum = sum(weights, size);
        var probabilities = new double[size];
        Arrays.setAll(probabilities, i -> weights[i] / sum);
        return probabilities;
    }

    /** ln Σ e^logit. */
    double logSum(float[] logits, float largest) {
        for (int id = 0; id < logits.length; id++) {
            scratch[id] = logits[id] - largest;
        }
        exp.inPlace(scratch, 0, logits.length);
        return largest + Math.log(sum(scratch, logits.length));
    }

    private static double sum(float[] numbers, int length) {
        // Four sums side by side, for one alone would wait for each addition.
        double first = 0;
        double second = 0;
        double third = 0;
        double fourth = 0;
        int even = length & -4;
        for (int i = 0; i < even; i += 4) {
            first += numbers[i];
            second += numbers[i + 1];
            third += numbers[i + 2];
            fourth += numbers[i + 3];
        }
        for (int i = even; i < length; i++) {
            first += numbers[i];
        }
        return first + second + third + fourth;
    }
}
