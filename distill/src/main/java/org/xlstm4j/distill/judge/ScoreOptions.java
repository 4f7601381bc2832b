package org.xlstm4j.distill.judge;

import java.util.HashMap;
import java.util.Map;

/**
 * Which of a file's numbers count.
 *
 * <p>lm-evaluation-harness gives several measures a task. Without a choice the first of these counts that the task
 * has: acc_norm, acc, exact_match, pass@1, pass_at_1, prompt_level_strict_acc, em, f1, word_perplexity; of a task with
 * a single other measure, that. Where a measure was taken behind several filters, {@code none} counts, else
 * {@code strict-match}. A group with a score of its own, such as mmlu, counts as one task, and its members do not.
 *
 * @param metrics  the measure by task, {@code acc} or with its filter {@code exact_match,flexible-extract}; that of
 *                 the task {@code *} counts for every task that has it and is not named
 * @param subtasks whether a group's members count, and the group does not
 * @param samples  whether to read the harness's {@code samples_*.jsonl} beside its results, item by item
 */
public record ScoreOptions(Map<String, String> metrics, boolean subtasks, boolean samples) {

    public ScoreOptions {
        metrics = Map.copyOf(metrics);
    }

    /** The default measures, groups as tasks, with samples. */
    public static ScoreOptions defaults() {
        return new ScoreOptions(Map.of(), false, true);
    }

    /** These options with the measure of one task, or of {@code *}, chosen. */
    public ScoreOptions withMetric(String task, String metric) {
        var more = new HashMap<>(metrics);
        more.put(task, metric);
        return new ScoreOptions(more, subtasks, samples);
    }

    /** These options with groups counted, or their members. */
    public ScoreOptions withSubtasks(boolean wanted) {
        return new ScoreOptions(metrics, wanted, samples);
    }

    /** These options with or without samples. */
    public ScoreOptions withSamples(boolean wanted) {
        return new ScoreOptions(metrics, subtasks, wanted);
    }
}
