package org.xlstm4j.distill.report;

import java.util.List;
import java.util.stream.DoubleStream;
import org.xlstm4j.distill.judge.DomainJudgement;
import org.xlstm4j.distill.judge.Estimate;
import org.xlstm4j.distill.judge.Judgement;
import org.xlstm4j.distill.judge.StudentJudgement;

/** The mean recovery a domain: a dot with its interval a student, against the teacher's 1. */
final class RecoveryChart {
    private static final int WIDTH = 400;
    private static final int ROW = 16;
    private static final int HEAD = 22;
    private static final int TOP = 10;
    private static final int BOTTOM = 36;
    private static final int LABEL = 40;

    private RecoveryChart() {
    }

    static Tag of(Judgement judgement) {
        var students = judgement.students();
        var domains = students.get(0).domains();
        var group = HEAD + ROW * students.size();
        var height = TOP + group * domains.size() + BOTTOM;
        var frame = new Frame(WIDTH, height, 10, BOTTOM, range(students), Frame.Range.of(0, 1));
        var svg = Frame.svg(WIDTH, height, "Mean recovery by domain")
                .with(frame.vertical("mean recovery of the domain's tasks; 1 is the teacher's score"))
                .with(Frame.line(frame.x(1), TOP, frame.x(1), frame.floor(), "half"));
        for (var domain = 0; domain < domains.size(); domain++) {
            var top = TOP + domain * group;
            svg.with(Tag.of("text", "x", "10", "y", Tag.number(top + 14.0), "class", "axis strong")
                    .text(Frame.fit(domains.get(domain).domain(), LABEL) + ", "
                            + Words.count(domains.get(domain).tasks(), "task")));
            for (var i = 0; i < students.size(); i++) {
                svg.with(dot(frame, top + HEAD + ROW * (i + 0.4), students.get(i), i, domain));
            }
        }
        return svg;
    }

    private static Frame.Range range(List<StudentJudgement> students) {
        var ends = students.stream().flatMap(student -> student.domains().stream()).map(DomainJudgement::recovery)
                .flatMapToDouble(RecoveryChart::ends).filter(Double::isFinite).toArray();
        var low = DoubleStream.concat(DoubleStream.of(1), DoubleStream.of(ends)).min().orElseThrow();
        var high = DoubleStream.concat(DoubleStream.of(1), DoubleStream.of(ends)).max().orElseThrow();
        var room = Math.max(0.02, (high - low) * 0.05);
        return Frame.Range.of(Math.max(0, low - room), high + room);
    }

    private static DoubleStream ends(Estimate recovery) {
        return DoubleStream.of(recovery.value(), recovery.low(), recovery.high());
    }

    private static List<Tag> dot(Frame frame, double y, StudentJudgement student, int index, int domain) {
        var recovery = student.domains().get(domain).recovery();
        if (Double.isNaN(recovery.value())) {
            return List.of();
        }
        var title = student.name() + ", " + student.domains().get(domain).domain() + ": " + recovery.text(3);
        var dot = Tag.of("circle", "cx", Tag.number(frame.x(recovery.value())), "cy", Tag.number(y), "r", "4.5",
                "class", "mark " + Colors.student(index)).with(Tag.of("title").text(title));
        return recovery.hasInterval()
                ? List.of(Frame.line(frame.x(recovery.low()), y, frame.x(recovery.high()), y,
                        "line " + Colors.student(index)), dot)
                : List.of(dot);
    }
}
