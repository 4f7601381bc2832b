package org.xlstm4j.distill.evaluate;

import java.util.List;

/**
 * The score on one task with the items it comes from.
 *
 * @param score the score
 * @param items what the model made of each item, in the order of their index
 */
public record TaskResult(TaskScore score, List<ItemResult> items) {

    public TaskResult {
        items = List.copyOf(items);
        var correct = items.stream().filter(ItemResult::correct).count();
        if (score.items() != items.size() || score.correct() != correct) {
            throw new IllegalArgumentException("task " + score.task() + " is scored as " + score.correct() + " of "
                    + score.items() + " items right, but " + correct + " of " + items.size() + " are listed so");
        }
    }

    static TaskResult of(String task, List<ItemResult> items) {
        return new TaskResult(TaskScore.of(task, items), items);
    }
}
