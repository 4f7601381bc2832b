package org.xlstm4j.distill.evaluate;

import java.util.Objects;

/**
 * What is evaluated, and how.
 *
 * @param split           the part of each task
 * @param maxItemsPerTask the most items of that part
 * @param maxNewTokens    the most tokens a model may answer with
 * @param likelihood      whether to compute the likelihood of the right answers of exact-match tasks, too, at about the
 *                        price of a prefill
 * @param normalization   what multiple-choice tasks are compared by; all are measured
 * @param window          the most tokens that a model reads of a text whose likelihood is taken; longer texts are read
 *                        in windows, see {@link Windows}
 */
public record EvaluationOptions(Split split, int maxItemsPerTask, int maxNewTokens, boolean likelihood,
                                Normalization normalization, int window) {
    /** Tokens of a window, unless told otherwise. */
    public static final int DEFAULT_WINDOW = 2048;

    public EvaluationOptions {
        Objects.requireNonNull(split, "split");
        Objects.requireNonNull(normalization, "normalization");
        requirePositive("maxItemsPerTask", maxItemsPerTask);
        requirePositive("maxNewTokens", maxNewTokens);
        requirePositive("window", window);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }

    /** Every item, at most 48 new tokens, with the likelihood, choices compared by their bytes, windows of 2,048. */
    public static EvaluationOptions defaults() {
        return new EvaluationOptions(Split.ALL, Integer.MAX_VALUE, 48, true, Normalization.BYTES, DEFAULT_WINDOW);
    }

    /** These options on another part of the items. */
    public EvaluationOptions withSplit(Split other) {
        return new EvaluationOptions(other, maxItemsPerTask, maxNewTokens, likelihood, normalization, window);
    }

    /** These options with at most this many items a task. */
    public EvaluationOptions withMaxItemsPerTask(int items) {
        return new EvaluationOptions(split, items, maxNewTokens, likelihood, normalization, window);
    }

    /** These options with at most this many new tokens an item. */
    public EvaluationOptions withMaxNewTokens(int tokens) {
        return new EvaluationOptions(split, maxItemsPerTask, tokens, likelihood, normalization, window);
    }

    /** These options with or without the likelihood of the right answers. */
    public EvaluationOptions withLikelihood(boolean wanted) {
        return new EvaluationOptions(split, maxItemsPerTask, maxNewTokens, wanted, normalization, window);
    }

    /** These options with multiple-choice tasks compared by another measure. */
    public EvaluationOptions withNormalization(Normalization other) {
        return new EvaluationOptions(split, maxItemsPerTask, maxNewTokens, likelihood, other, window);
    }

    /** These options with windows of this many tokens. */
    public EvaluationOptions withWindow(int tokens) {
        return new EvaluationOptions(split, maxItemsPerTask, maxNewTokens, likelihood, normalization, tokens);
    }
}
