package org.xlstm4j.distill.report;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.xlstm4j.distill.judge.CurveFront;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.StudentJudgement;
import org.xlstm4j.distill.judge.TaskJudgement;

/** What HTML and Markdown say alike. */
final class Words {
    static final String DEFINITION = "A task counts as won or tied at tolerance α when the student's score reaches"
            + " (1 − α) times the teacher's. C_α is the share of tasks that count, α* the smallest α at which half of"
            + " them do; the distillation is lossless when α* = 0. Recovery is the student's score over the"
            + " teacher's.";

    private Words() {
    }

    /** How many students, tasks and draws there were. */
    static String subject(Judgement judgement) {
        var first = judgement.students().get(0);
        return String.format(Locale.ROOT, "%s against the teacher %s on %s. %s",
                judgement.students().size() == 1 ? first.name() : judgement.students().size() + " students",
                judgement.teacher(), count(first.tasks().size(), "task"), intervals(judgement));
    }

    private static String intervals(Judgement judgement) {
        var options = judgement.options();
        if (judgement.students().stream().noneMatch(student -> student.rateAtZero().hasInterval())) {
            return "Neither results of items nor standard errors are known, so there are no intervals.";
        }
        return String.format(Locale.ROOT, "Brackets hold %s%% intervals from %,d bootstrap draws%s.",
                Tag.number(100 * options.level()), options.draws(), options.resampleTasks()
                        ? " of items and tasks" : " within these tasks");
    }

    /** The text with a mark in place of what neither HTML nor UTF-8 can hold: control characters, lone surrogates. */
    static String visible(String text) {
        return text.codePoints().map(c -> c == '\n' || c == '\t' || !Character.isISOControl(c)
                && Character.getType(c) != Character.SURROGATE ? c : '\uFFFD')
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    static String count(int number, String noun) {
        return number + " " + noun + (number == 1 ? "" : "s");
    }

    /** How it was judged, and the settings of each of the models. */
    static Map<String, Map<String, String>> settings(JudgementReport report) {
        var options = report.judgement().options();
        var judging = new LinkedHashMap<String, String>();
        judging.put("level of confidence", Double.toString(options.level()));
        judging.put("bootstrap draws", Integer.toString(options.draws()));
        judging.put("seed", Long.toString(options.seed()));
        judging.put("tasks resampled", options.resampleTasks() ? "yes" : "no");
        var all = new LinkedHashMap<String, Map<String, String>>();
        all.put("judgement", judging);
        all.putAll(report.settings());
        return all;
    }

    /** C_0 as a count: {@code 8 of 13 tasks}. */
    static String wins(StudentJudgement student) {
        var wins = student.tasks().stream().filter(task -> task.comparison().winOrTie(0)).count();
        return wins + " of " + count(student.tasks().size(), "task");
    }

    static String verdict(StudentJudgement student) {
        return student.winAndTie().lossless() ? "lossless" : "not lossless";
    }

    /** A score as short as it can be told apart by. */
    static String score(double value) {
        return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.1f" : "%.3f", value);
    }

    static String measure(TaskJudgement task) {
        return task.reciprocal() ? task.measure() + ", less is better" : task.measure();
    }

    static String alpha(double alpha) {
        return String.format(Locale.ROOT, "%.3f", alpha);
    }

    /** Which students are the best pick at which tolerance. */
    static String front(CurveFront front) {
        var picks = front.parts().stream()
                .map(part -> "from α = " + alpha(part.from()) + " " + String.join(" and ", part.best()))
                .collect(Collectors.joining("; "));
        var dominated = front.dominated().isEmpty() ? "" : " Dominated: "
                + String.join(", ", front.dominated()) + ".";
        return "The Pareto front is the highest curve. Best pick: " + picks + "." + dominated;
    }
}
