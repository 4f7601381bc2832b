package org.xlstm4j.distill.report;

import java.util.List;
import java.util.stream.Collectors;
import org.xlstm4j.distill.judge.CurveFront;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.StudentJudgement;
import org.xlstm4j.distill.judge.TaskComparison;

/** C_α over α: a stepped curve with its band a student, the Pareto front behind them, and α* on each. */
final class CurveChart {
    private final Judgement judgement;
    private final Frame frame;
    private final double range;

    private CurveChart(Judgement judgement) {
        var curve = judgement.students().get(0).curve();
        this.judgement = judgement;
        this.range = curve.get(curve.size() - 1).alpha();
        this.frame = new Frame(400, 280, 48, 36, Frame.Range.of(0, range), Frame.Range.of(0, 1));
    }

    static Tag of(Judgement judgement) {
        var chart = new CurveChart(judgement);
        var frame = chart.frame;
        var svg = Frame.svg(frame.width(), frame.height(), "Win-and-Tie rate by tolerance")
                .with(frame.axes("tolerance α", "share of tasks won or tied"))
                .with(Frame.line(frame.x(0), frame.y(0.5), frame.right(), frame.y(0.5), "half"));
        for (var i = 0; i < judgement.students().size(); i++) {
            svg.with(chart.band(i));
        }
        if (judgement.students().size() > 1) {
            svg.with(Tag.of("path", "d", chart.front(judgement.front()), "class", "front"));
        }
        for (var i = 0; i < judgement.students().size(); i++) {
            svg.with(chart.curve(i), chart.critical(i));
        }
        return svg;
    }

    private Tag curve(int index) {
        var student = judgement.students().get(index);
        return Tag.of("path", "d", steps(student), "class", "line " + Colors.student(index))
                .with(Tag.of("title").text(student.name()));
    }

    private String steps(StudentJudgement student) {
        var path = new StringBuilder(move(0, student.winAndTie().rate(0)));
        student.winAndTie().tasks().stream().mapToDouble(TaskComparison::criticalAlpha)
                .filter(alpha -> alpha > 0).sorted().distinct()
                .forEach(alpha -> step(path, alpha, student.winAndTie().rate(alpha)));
        return path.append('H').append(Tag.number(frame.right())).toString();
    }

    private String front(CurveFront front) {
        var alphas = judgement.students().stream().flatMap(student -> student.winAndTie().tasks().stream())
                .map(TaskComparison::criticalAlpha).filter(alpha -> alpha > 0).distinct().sorted().toList();
        var path = new StringBuilder(move(0, front.parts().get(0).rate()));
        for (double alpha : alphas) {
            step(path, alpha, judgement.students().stream()
                    .mapToDouble(student -> student.winAndTie().rate(alpha)).max().orElseThrow());
        }
        return path.append('H').append(Tag.number(frame.right())).toString();
    }

    private String move(double alpha, double rate) {
        return "M" + Tag.number(frame.x(alpha)) + " " + Tag.number(frame.y(rate));
    }

    private void step(StringBuilder path, double alpha, double rate) {
        path.append('H').append(Tag.number(frame.x(alpha))).append('V').append(Tag.number(frame.y(rate)));
    }

    private List<Tag> band(int index) {
        var curve = judgement.students().get(index).curve();
        if (!curve.get(0).rate().hasInterval()) {
            return List.of();
        }
        var above = curve.stream().map(point -> point(point.alpha(), point.rate().high()))
                .collect(Collectors.joining(" "));
        var below = new StringBuilder();
        for (var i = curve.size() - 1; i >= 0; i--) {
            below.append(' ').append(point(curve.get(i).alpha(), curve.get(i).rate().low()));
        }
        return List.of(Tag.of("polygon", "points", above + below, "class", "band " + Colors.student(index)));
    }

    private String point(double alpha, double rate) {
        return Tag.number(frame.x(alpha)) + "," + Tag.number(frame.y(rate));
    }

    private Tag critical(int index) {
        var student = judgement.students().get(index);
        var alpha = student.criticalAlpha().value();
        return Tag.of("circle", "cx", Tag.number(frame.x(alpha)),
                "cy", Tag.number(frame.y(student.winAndTie().rate(alpha))), "r", "4.5",
                "class", "mark " + Colors.student(index))
                .with(Tag.of("title").text(student.name() + ": α* = " + student.criticalAlpha().text(3)));
    }
}
