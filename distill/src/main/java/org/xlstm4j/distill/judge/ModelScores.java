package org.xlstm4j.distill.judge;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.NeedleCell;

/**
 * A model's scores by task, wherever they were made.
 *
 * @param name     what to call the model
 * @param tasks    the score by task
 * @param settings how the scores came about, as their file tells it
 * @param notes    what a reader of a judgement should know of the scores
 * @param needles  how often needles were found by length and depth; empty where that was not measured
 */
public record ModelScores(String name, SortedMap<String, Score> tasks, SortedMap<String, String> settings,
                          List<String> notes, List<NeedleCell> needles) {

    public ModelScores {
        Objects.requireNonNull(name, "name");
        tasks = Collections.unmodifiableSortedMap(new TreeMap<>(tasks));
        settings = Collections.unmodifiableSortedMap(new TreeMap<>(settings));
        notes = List.copyOf(notes);
        needles = List.copyOf(needles);
        if (tasks.isEmpty()) {
            throw new JudgeException("there is no score of " + name + " on any task");
        }
    }

    /** Scores of which only the values are known. */
    public static ModelScores plain(String name, Map<String, Double> scores) {
        var tasks = new TreeMap<String, Score>();
        scores.forEach((task, value) -> tasks.put(task, Score.plain(value)));
        return new ModelScores(name, tasks, Collections.emptySortedMap(), List.of(), List.of());
    }

    /** The scores of an evaluation report, by each task's primary measure. */
    public static ModelScores of(EvaluationReport report) {
        return ReportScores.of(report);
    }

    /**
     * Reads scores as they are: a report of this project's {@code evaluate}, a result file of lm-evaluation-harness
     * (or the folder that holds a single one), or a plain JSON object {@code {"task": score, …}}.
     *
     * @throws ScoreFileException if the file holds none of these, or leaves open which measure counts
     * @throws IOException        if a file cannot be read
     */
    public static ModelScores read(Path file, ScoreOptions options) throws IOException {
        return ScoreFiles.read(file, options);
    }

    /** The scores under another name. */
    public ModelScores named(String other) {
        return new ModelScores(other, tasks, settings, notes, needles);
    }

    /** Scores given in percent, as fractions. */
    public ModelScores fromPercent() {
        var fractions = new TreeMap<String, Score>();
        tasks.forEach((task, score) -> fractions.put(task, score.higherIsBetter() ? score.times(0.01) : score));
        return new ModelScores(name, fractions, settings, notes, needles);
    }

    /** The scores but for some tasks, whether it has them or not. */
    public ModelScores without(Collection<String> excluded) {
        var rest = new TreeMap<>(tasks);
        rest.keySet().removeAll(excluded);
        return new ModelScores(name, rest, settings, notes, needles);
    }

    ModelScores only(Collection<String> wanted) {
        var some = new TreeMap<>(tasks);
        some.keySet().retainAll(wanted);
        return new ModelScores(name, some, settings, notes, needles);
    }
}
