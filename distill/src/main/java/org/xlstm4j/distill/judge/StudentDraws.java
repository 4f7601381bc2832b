package org.xlstm4j.distill.judge;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.xlstm4j.distill.judge.StudentJudgement.CurvePoint;

/** One student's comparison and the same on every draw, from which all figures and intervals are read off. */
final class StudentDraws {
    private static final int CURVE_STEPS = 200;

    private final List<TaskPair> pairs;
    private final JudgeOptions options;
    private final WinAndTie whole;
    /** [task][draw] */
    private final List<TaskComparison[]> taskDraws;
    private final List<WinAndTie> draws;

    private StudentDraws(List<TaskPair> pairs, JudgeOptions options) {
        this.pairs = pairs;
        this.options = options;
        this.whole = new WinAndTie(pairs.stream().map(TaskPair::comparison).toList());
        // Without any chance there is nothing to draw, unless the tasks are.
        var uncertain = options.resampleTasks() && pairs.size() > 1
                || pairs.stream().anyMatch(pair -> pair.uncertainty() != Uncertainty.NONE);
        var number = uncertain ? options.draws() : 0;
        this.taskDraws = pairs.stream().map(pair -> pair.draws(number, options.seed())).toList();
        this.draws = draws(IntStream.range(0, pairs.size()).toArray(), number);
    }

    static StudentJudgement judge(String name, List<TaskPair> pairs, JudgeOptions options, double range) {
        var student = new StudentDraws(pairs, options);
        return new StudentJudgement(name, student.whole,
                student.estimate(student.whole, student.draws, comparison -> comparison.rate(0)),
                student.estimate(student.whole, student.draws, WinAndTie::criticalAlpha),
                student.estimate(student.whole, student.draws, WinAndTie::meanRecovery),
                student.tasks(), student.domains(), student.curve(range));
    }

    /** The comparison on some tasks in every draw; with resampled tasks on as many of them, with replacement. */
    private List<WinAndTie> draws(int[] tasks, int number) {
        var random = new SplittableRandom(options.seed());
        var list = new ArrayList<WinAndTie>(number);
        for (var draw = 0; draw < number; draw++) {
            var comparisons = new ArrayList<TaskComparison>(tasks.length);
            for (var i = 0; i < tasks.length; i++) {
                var task = options.resampleTasks() ? tasks[random.nextInt(tasks.length)] : tasks[i];
                comparisons.add(taskDraws.get(task)[draw]);
            }
            list.add(new WinAndTie(comparisons));
        }
        return list;
    }

    private Estimate estimate(WinAndTie value, List<WinAndTie> drawn, ToDoubleFunction<WinAndTie> figure) {
        return Estimate.of(figure.applyAsDouble(value), drawn.stream().mapToDouble(figure).toArray(), options.level());
    }

    private List<TaskJudgement> tasks() {
        var tasks = new ArrayList<TaskJudgement>();
        for (var i = 0; i < pairs.size(); i++) {
            var pair = pairs.get(i);
            var comparison = pair.comparison();
            var recoveries = pair.uncertainty() == Uncertainty.NONE ? new double[0]
                    : Arrays.stream(taskDraws.get(i)).mapToDouble(TaskComparison::recovery).toArray();
            tasks.add(new TaskJudgement(options.domains().of(pair.task()), pair.student().measure(),
                    !pair.student().higherIsBetter(), pair.teacher().value(), pair.student().value(), comparison,
                    Estimate.of(comparison.recovery(), recoveries, options.level()), pair.uncertainty()));
        }
        return tasks;
    }

    private List<DomainJudgement> domains() {
        var members = new TreeMap<String, List<Integer>>();
        for (var i = 0; i < pairs.size(); i++) {
            members.computeIfAbsent(options.domains().of(pairs.get(i).task()), domain -> new ArrayList<>()).add(i);
        }
        var domains = new ArrayList<DomainJudgement>();
        members.forEach((domain, indices) -> {
            var tasks = indices.stream().mapToInt(Integer::intValue).toArray();
            var value = new WinAndTie(indices.stream().map(i -> pairs.get(i).comparison()).toList());
            var drawn = draws(tasks, draws.size());
            domains.add(new DomainJudgement(domain, tasks.length, estimate(value, drawn, WinAndTie::meanRecovery),
                    estimate(value, drawn, comparison -> comparison.rate(0))));
        });
        return domains;
    }

    private List<CurvePoint> curve(double range) {
        var curve = new ArrayList<CurvePoint>();
        for (var step = 0; step <= CURVE_STEPS; step++) {
            var alpha = range * step / CURVE_STEPS;
            curve.add(new CurvePoint(alpha,
                    estimate(whole, draws, comparison -> comparison.rate(alpha))));
        }
        return curve;
    }
}
