package org.xlstm4j.distill.evaluate;

import java.util.List;

/**
 * The score on one task with the items it comes from.
 *
 * @param score the score
 * @param items what the model made of each item, in the order of their index
 */
public record TaskResult(TaskScore score, List<ItemResult> items) {
    private static final double TOLERANCE = 1e-9;

    public TaskResult {
        items = List.copyOf(items);
        var expected = TaskScore.of(score.task(), items);
        if (!agree(score, expected)) {
            throw new IllegalArgumentException("task " + score.task() + " is scored as " + score.items() + " items, "
                    + score.measures() + ", but its items give " + expected.items() + ", " + expected.measures());
        }
    }

    /** The result of these items. */
    public static TaskResult of(String task, List<ItemResult> items) {
        return new TaskResult(TaskScore.of(task, items), items);
    }

    private static boolean agree(TaskScore told, TaskScore found) {
        return told.items() == found.items() && told.kind() == found.kind() && told.primary().equals(found.primary())
                && told.measures().keySet().equals(found.measures().keySet())
                && told.measures().entrySet().stream().allMatch(measure -> {
                    var other = found.measures().get(measure.getKey());
                    return near(measure.getValue().value(), other.value())
                            && near(measure.getValue().standardError(), other.standardError());
                });
    }

    /** Machines may differ in the last bit of an exponential. */
    private static boolean near(double a, double b) {
        return Double.compare(a, b) == 0 || Math.abs(a - b) <= TOLERANCE * Math.max(1, Math.abs(b));
    }
}
