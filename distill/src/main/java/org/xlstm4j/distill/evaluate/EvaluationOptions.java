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
 * @param window          the most tokens that a model reads of a text at once whose likelihood is taken, longer texts
 *                        being read in windows; {@link #DEFAULT_WINDOW} for 2,048, or as many as the model was made for
 */
public record EvaluationOptions(Split split, int maxItemsPerTask, int maxNewTokens, boolean likelihood,
                                Normalization normalization, int window) {
    /** A window of 2,048 tokens, or of as many as the model was made for where those are fewer. */
    public static final int DEFAULT_WINDOW = 0;

    public EvaluationOptions {
        Objects.requireNonNull(split, "split");
        Objects.requireNonNull(normalization, "normalization");
        requirePositive("maxItemsPerTask", maxItemsPerTask);
        requirePositive("maxNewTokens", maxNewTokens);
        if (window != DEFAULT_WINDOW) {
            requirePositive("window", window);
        }
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be 1 or more, not " + value);
        }
    }

    /** Every item, at most 48 new tokens, with the likelihood, choices compared by their characters. */
    public static EvaluationOptions defaults() {
        return new EvaluationOptions(Split.ALL, Integer.MAX_VALUE, 48, true, Normalization.CHARACTERS, DEFAULT_WINDOW);
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
