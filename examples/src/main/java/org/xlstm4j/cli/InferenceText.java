package org.xlstm4j.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import org.xlstm4j.bench.inference.Goal;
import org.xlstm4j.bench.inference.InferenceReport;
import org.xlstm4j.bench.inference.Point;
import org.xlstm4j.bench.inference.Subject;

/** What {@code bench inference} found, for the eye: a table, the student's rates in turns, and the goals. */
final class InferenceText {
    private InferenceText() {
    }

    static List<String> lines(InferenceReport report) {
        var lines = new ArrayList<String>(table(report).lines());
        lines.add("");
        report.together().forEach((context, rates) -> lines.add(String.format(Locale.ROOT,
                "student with all contexts in turns, %,d tokens: %.1f decoded a second", context, Point.median(rates))));
        report.agreement().ifPresent(agreement -> lines.add(String.format(Locale.ROOT,
                "%s gave the teacher's tokens: %d of %d", report.names().get(Subject.JLAMA), agreement.same(),
                agreement.compared())));
        report.points().forEach(point -> point.failure().ifPresent(failure -> lines.add("failed: "
                + point.subject().text() + " at " + point.context() + ": " + failure)));
        lines.add("");
        Goal.of(report).forEach(goal -> lines.add(line(goal)));
        return lines;
    }

    private static Table table(InferenceReport report) {
        var table = Table.of("context", "model", "first token s", "prefill tokens/s", "of teacher", "decode tokens/s",
                "of teacher", "peak MB");
        for (var point : report.points()) {
            table.row(String.format(Locale.ROOT, "%,d", point.context()), point.subject().text(),
                    number(point.firstTokenSeconds()), number(point.prefillRate()),
                    ratio(report, point, Point::prefillRate), number(point.decodeRate()),
                    ratio(report, point, Point::decodeRate), point.peakBytes() == 0 ? "-"
                            : Table.number(point.peakBytes() / 1e6, 0));
        }
        return table;
    }

    private static String ratio(InferenceReport report, Point point, ToDoubleFunction<Point> figure) {
        return Goal.ratio(report, point.subject(), Subject.TEACHER, point.context(), figure).stream()
                .mapToObj(ratio -> Table.number(ratio, 2) + "x").findFirst().orElse("-");
    }

    private static String number(double value) {
        return Table.number(value, value < 10 ? 2 : value < 100 ? 1 : 0);
    }

    private static String line(Goal goal) {
        return String.format(Locale.ROOT, "%s: %s%s (%s %.2f)", verdict(goal), goal.text(),
                goal.measured().stream().mapToObj(value -> String.format(Locale.ROOT, ": %.2f", value)).findFirst()
                        .orElse(""), goal.bound() == Goal.Bound.AT_LEAST ? "at least" : "at most", goal.limit());
    }

    private static String verdict(Goal goal) {
        return goal.measured().isEmpty() ? "not measured" : goal.isKept() ? "kept" : "missed";
    }
}
