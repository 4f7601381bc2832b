package org.xlstm4j.distill.evaluate;

import java.util.Objects;

/**
 * What is evaluated, and how.
 *
 * @param split           the part of each task
 * @param maxItemsPerTask the most items of that part
 * @param maxNewTokens    the most tokens a model may answer with
 * @param likelihood      whether to compute the likelihood of the right answers, too, at about the price of a prefill
 */
public record EvaluationOptions(Split split, int maxItemsPerTask, int maxNewTokens, boolean likelihood) {

    public EvaluationOptions {
        Objects.requireNonNull(split, "split");
        if (maxItemsPerTask < 1) {
            throw new IllegalArgumentException("maxItemsPerTask must be 1 or more, not " + maxItemsPerTask);
        }
        if (maxNewTokens < 1) {
            throw new IllegalArgumentException("maxNewTokens must be 1 or more, not " + maxNewTokens);
        }
    }

    /** Every item, at most 48 new tokens, with the likelihood. */
    public static EvaluationOptions defaults() {
        return new EvaluationOptions(Split.ALL, Integer.MAX_VALUE, 48, true);
    }

    /** These options on another part of the items. */
    public EvaluationOptions withSplit(Split other) {
        return new EvaluationOptions(other, maxItemsPerTask, maxNewTokens, likelihood);
    }

    /** These options with at most this many items a task. */
    public EvaluationOptions withMaxItemsPerTask(int items) {
        return new EvaluationOptions(split, items, maxNewTokens, likelihood);
    }

    /** These options with at most this many new tokens an item. */
    public EvaluationOptions withMaxNewTokens(int tokens) {
        return new EvaluationOptions(split, maxItemsPerTask, tokens, likelihood);
    }

    /** These options with or without the likelihood of the right answers. */
    public EvaluationOptions withLikelihood(boolean wanted) {
        return new EvaluationOptions(split, maxItemsPerTask, maxNewTokens, wanted);
    }
}
