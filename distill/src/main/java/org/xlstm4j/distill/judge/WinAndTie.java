package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.xlstm4j.distill.evaluate.EvaluationReport;
import org.xlstm4j.distill.evaluate.TaskItem;

/**
 * The Win-and-Tie rate of a student against its teacher (arXiv 2603.15590, App. A).
 *
 * <p>A task counts as won or tied at tolerance α when A_S ≥ (1 − α)·A_T; C_α is the share of tasks that count; the
 * critical tolerance is α* = inf{α : C_α ≥ 0.5}; the distillation is lossless when C_0 ≥ 0.5, that is α* = 0. A task on
 * which the teacher scores 0 counts at every α, and has no recovery rate. Ties are judged with a relative tolerance of
 * 1e-12.
 *
 * @param tasks the comparison on each task, sorted by name
 */
public record WinAndTie(List<TaskComparison> tasks) {

    /** C_α at one α. */
    public record Point(double alpha, double rate) {
    }

    public WinAndTie {
        tasks = List.copyOf(tasks);
        if (tasks.isEmpty()) {
            throw new IllegalArgumentException("there is no task to compare teacher and student on");
        }
    }

    /**
     * Compares scores by task.
     *
     * @throws IllegalArgumentException if the two are not scores on the same tasks; the message lists the differences
     */
    public static WinAndTie of(Map<String, Double> teacher, Map<String, Double> student) {
        var missing = new ArrayList<String>();
        addMissing(missing, "student", student.keySet(), teacher.keySet());
        addMissing(missing, "teacher", teacher.keySet(), student.keySet());
        if (!missing.isEmpty()) {
            throw new IllegalArgumentException("teacher and student were scored on different tasks: "
                    + String.join("; ", missing) + "; evaluate both on the same task files");
        }
        return new WinAndTie(new TreeMap<>(teacher).entrySet().stream()
                .map(score -> new TaskComparison(score.getKey(), score.getValue(), student.get(score.getKey())))
                .toList());
    }

    /**
     * Compares two reports by their scores ({@link EvaluationReport#scores}).
     *
     * @throws IllegalArgumentException if they do not rest on the same items
     */
    public static WinAndTie of(EvaluationReport teacher, EvaluationReport student) {
        var comparison = of(teacher.scores(), student.scores());
        var teacherItems = items(teacher);
        var studentItems = items(student);
        for (var task : teacherItems.keySet()) {
            if (!teacherItems.get(task).equals(studentItems.get(task))) {
                throw new IllegalArgumentException("teacher and student were scored on different items of " + task
                        + ": " + teacherItems.get(task).size() + " of the split " + teacher.options().split()
                        + " and " + studentItems.get(task).size() + " of the split " + student.options().split()
                        + "; evaluate both on the same items");
            }
        }
        return comparison;
    }

    /** C_α: the share of tasks won or tied at the tolerance α, 0 ≤ α ≤ 1. */
    public double rate(double alpha) {
        return (double) tasks.stream().filter(task -> task.winOrTie(alpha)).count() / tasks.size();
    }

    /** α*: the smallest α at which half of the tasks count, the ⌈n/2⌉-th smallest of max(0, 1 − A_S / A_T). */
    public double criticalAlpha() {
        var sorted = tasks.stream().mapToDouble(TaskComparison::criticalAlpha).sorted().toArray();
        return sorted[(sorted.length + 1) / 2 - 1];
    }

    /** Whether the distillation is lossless: C_0 ≥ 0.5. */
    public boolean lossless() {
        return rate(0) >= 0.5;
    }

    /** The mean recovery rate over the tasks that have one; NaN if none has. */
    public double meanRecovery() {
        return tasks.stream().mapToDouble(TaskComparison::recovery).filter(recovery -> !Double.isNaN(recovery))
                .average().orElse(Double.NaN);
    }

    /**
     * C_α on an even grid of α from 0 to {@code maxAlpha}.
     *
     * @param maxAlpha the last α, at most 1
     * @param steps    the number of steps between the grid's {@code steps + 1} points, 1 or more
     */
    public List<Point> curve(double maxAlpha, int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a curve needs 1 step or more, not " + steps);
        }
        return IntStream.rangeClosed(0, steps)
                .mapToDouble(step -> maxAlpha * step / steps)
                .mapToObj(alpha -> new Point(alpha, rate(alpha)))
                .toList();
    }

    static void checkAlpha(double alpha) {
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("the tolerance α must lie in [0, 1], not " + alpha);
        }
    }

    private static void addMissing(List<String> missing, String who, Set<String> has, Set<String> needed) {
        var lacking = new TreeSet<>(needed);
        lacking.removeAll(has);
        if (!lacking.isEmpty()) {
            missing.add("the " + who + " lacks " + String.join(", ", lacking));
        }
    }

    /** What was asked by task and index. */
    private static Map<String, Map<Integer, List<Object>>> items(EvaluationReport report) {
        var items = new TreeMap<String, Map<Integer, List<Object>>>();
        for (var task : report.tasks()) {
            var asked = new TreeMap<Integer, List<Object>>();
            task.items().forEach(item -> asked.put(item.index(), item.asked()));
            items.put(task.score().task(), asked);
        }
        return items;
    }
}
