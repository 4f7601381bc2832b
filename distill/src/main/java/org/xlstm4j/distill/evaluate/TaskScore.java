package org.xlstm4j.distill.evaluate;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The score of a model on one task.
 *
 * @param task     the name of the task
 * @param kind     how it is judged
 * @param items    how many items were evaluated
 * @param primary  the name of the measure that models are compared by
 * @param measures all measures by name, the primary one first
 */
public record TaskScore(String task, TaskKind kind, int items, String primary, Map<String, Measure> measures) {

    public TaskScore {
        Objects.requireNonNull(task, "task");
        Objects.requireNonNull(kind, "kind");
        measures = Collections.unmodifiableMap(new LinkedHashMap<>(measures));
        if (items < 1) {
            throw new IllegalArgumentException("task " + task + " has " + items + " items");
        }
        if (!measures.containsKey(primary)) {
            throw new IllegalArgumentException("task " + task + " has no measure \"" + primary + "\"");
        }
    }

    /** The score of these results, all of one kind. */
    public static TaskScore of(String task, List<ItemResult> results) {
        return Scoring.of(task, results);
    }

    /** A measure's value; NaN if there is no such measure. */
    public double value(String measure) {
        return measures.containsKey(measure) ? measures.get(measure).value() : Double.NaN;
    }

    /**
     * What models are compared by, higher for better, 0 or more: the primary measure, but for perplexity its inverse
     * ({@link TaskKind#score}).
     */
    public Measure score() {
        var measure = measures.get(primary);
        return kind == TaskKind.PERPLEXITY
                ? new Measure(1 / measure.value(), measure.standardError() / (measure.value() * measure.value()))
                : measure;
    }
}
