package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.xlstm4j.distill.judge.ModelScores;
import org.xlstm4j.distill.judge.ScoreOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands that read scores: which of a file's numbers count. */
final class ScoreFlags {
    @Option(names = "--metric", paramLabel = "TASK=MEASURE", description = {
        "Which of lm-evaluation-harness's measures counts on a task, or on * for all that have it: acc, or with its "
                + "filter exact_match,flexible-extract.",
        "Default: the first that the task has of acc_norm, acc, exact_match, pass@1, pass_at_1, "
                + "prompt_level_strict_acc, em, f1, word_perplexity, else its only one; behind the filter none, else "
                + "strict-match."})
    private Map<String, String> metrics = Map.of();

    @Option(names = "--subtasks", description = "Count the members of the harness's groups, not the groups.")
    private boolean subtasks;

    @Option(names = "--no-samples", description = "Pass over the harness's samples_*.jsonl beside its results.")
    private boolean noSamples;

    @Option(names = "--percent", arity = "1..*", paramLabel = "FILE",
            description = "Which of the files have their scores in percent; the others have fractions.")
    private List<Path> percent = List.of();

    @Option(names = "--exclude", arity = "1..*", paramLabel = "TASK", description = "Tasks to leave out.")
    private List<String> excluded = List.of();

    /**
     * The scores in the files, in their order.
     *
     * @throws ParameterException if --percent names another file or --exclude a task that none of them has
     */
    List<ModelScores> read(List<Path> files, CommandSpec spec) throws IOException {
        var unread = percent.stream().filter(file -> !files.contains(file)).toList();
        if (!unread.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--percent names " + unread
                    + ", which are neither the teacher nor a student");
        }
        var read = new ArrayList<ModelScores>();
        for (var file : files) {
            var scores = ModelScores.read(file, new ScoreOptions(metrics, subtasks, !noSamples));
            read.add(percent.contains(file) ? scores.fromPercent() : scores);
        }
        var unknown = excluded.stream()
                .filter(task -> read.stream().noneMatch(scores -> scores.tasks().containsKey(task))).toList();
        if (!unknown.isEmpty()) {
            throw new ParameterException(spec.commandLine(), "--exclude names " + unknown
                    + ", on which no model has a score");
        }
        return read.stream().map(scores -> scores.without(excluded)).toList();
    }
}
