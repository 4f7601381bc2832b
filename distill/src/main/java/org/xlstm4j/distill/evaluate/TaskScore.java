package org.xlstm4j.distill.evaluate;

import java.util.List;

/**
 * The score of a model on one task.
 *
 * @param task          the name of the task
 * @param items         how many items were evaluated
 * @param correct       how many were answered exactly right
 * @param exactMatch    p = correct / items
 * @param standardError of p, binomial: √(p (1 − p) / items)
 * @param nll           the negative log-likelihood of the right answers a token, in nats, end tokens included; NaN
 *                      where it was not computed
 * @param nllPerItem    the same an item
 */
public record TaskScore(String task, int items, int correct, double exactMatch, double standardError, double nll,
                        double nllPerItem) {

    public TaskScore {
        if (items < 1 || correct < 0 || correct > items) {
            throw new IllegalArgumentException("task " + task + " has " + correct + " of " + items + " items right");
        }
    }

    static TaskScore of(String task, List<ItemResult> results) {
        var items = results.size();
        var correct = (int) results.stream().filter(ItemResult::correct).count();
        var exactMatch = (double) correct / items;
        var nll = results.stream().mapToDouble(ItemResult::nll).sum();
        var answerTokens = results.stream().mapToLong(ItemResult::answerTokens).sum();
        return new TaskScore(task, items, correct, exactMatch, Math.sqrt(exactMatch * (1 - exactMatch) / items),
                nll / answerTokens, nll / items);
    }
}
