package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.ItemResult;
import org.xlstm4j.distill.evaluate.Split;
import org.xlstm4j.distill.evaluate.TaskItem;
import org.xlstm4j.distill.evaluate.TaskScore;
import org.xlstm4j.distill.evaluate.TaskSet;
import org.xlstm4j.distill.judge.WinAndTie;

/**
 * A model's scores by task.
 *
 * @param name   what to call the model
 * @param byTask the score by task, higher for better
 * @param report where the scores come from, empty for plain scores
 */
record Scores(String name, SortedMap<String, Double> byTask, Optional<EvaluationReport> report) {

    /** Reads a report that {@code evaluate --json} wrote, or a plain JSON object {@code {"task": score, …}}. */
    static Scores read(Path file) throws IOException {
        var scores = EvaluationReport.readScores(file);
        if (!Outputs.readJson(file).has("format")) {
            return new Scores(OpenModel.nameOf(file).replaceFirst("\\.json$", ""), scores, Optional.empty());
        }
        return of(EvaluationReport.read(file));
    }

    /** The scores of {@code report}. */
    static Scores of(EvaluationReport report) {
        return new Scores(report.model(), report.scores(), Optional.of(report));
    }

    /**
     * These scores on {@code items} alone. Plain scores are taken as they are, a task of them at a time.
     *
     * @throws IllegalArgumentException if a task or an item was not scored
     */
    Scores on(TaskSet items) {
        var some = new TreeMap<String, Double>();
        items.items().forEach((task, ofTask) -> {
            if (!byTask.containsKey(task)) {
                throw new IllegalArgumentException(
                        name + " has no score on " + task + "; evaluate it on the same tasks");
            }
            some.put(task, report.map(all -> score(all, task, ofTask)).orElseGet(() -> byTask.get(task)));
        });
        return new Scores(name, some, Optional.empty());
    }

    private double score(EvaluationReport all, String task, List<TaskItem> wanted) {
        var results = new HashMap<Integer, ItemResult>();
        all.tasks().stream().filter(result -> result.score().task().equals(task))
                .forEach(result -> result.items().forEach(item -> results.put(item.index(), item)));
        var some = wanted.stream().map(item -> {
            var result = results.get(item.index());
            if (result == null || !result.asked().equals(item.asked())) {
                throw new IllegalArgumentException("the report on " + name + " lacks item " + item.index() + " of "
                        + task + "; evaluate it on the same items");
            }
            return result;
        }).toList();
        return TaskScore.of(task, some).score().value();
    }

    /** The items that {@code student} was scored on, if these scores are of all items; plain scores as they are. */
    private Scores onItemsOf(Scores student) {
        var split = student.report().map(other -> other.options().split()).orElse(Split.ALL);
        return report().filter(all -> all.options().split() == Split.ALL && split != Split.ALL)
                .map(all -> of(all.only(split))).orElse(this);
    }

    /**
     * How {@code student} does against this teacher. Two reports must rest on the same items; plain scores must be of
     * the same tasks.
     */
    WinAndTie against(Scores student) {
        var teacher = onItemsOf(student);
        return teacher.report().isPresent() && student.report().isPresent()
                ? WinAndTie.of(teacher.report().get(), student.report().get())
                : WinAndTie.of(teacher.byTask(), student.byTask());
    }
}
