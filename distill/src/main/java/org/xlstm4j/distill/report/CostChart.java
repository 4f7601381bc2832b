package org.xlstm4j.distill.report;

import java.util.Comparator;
import java.util.stream.Collectors;
import org.xlstm4j.distill.judge.CostFront;

/** Recovery against cost, with the Pareto front through the students that no other one beats. */
final class CostChart {
    /** From this ratio of the costs on, equal ratios lie equally far apart. */
    private static final double LOGARITHMIC = 20;

    private static final int LABEL = 32;

    private CostChart() {
    }

    static Tag of(CostFront costs) {
        var frame = frame(costs);
        var svg = Frame.svg(frame.width(), frame.height(), "Mean recovery against " + costs.label())
                .with(frame.axes(Frame.fit(costs.label(), LABEL)
                        + (costs.moreIsBetter() ? ", more is better" : ", less is better"), "mean recovery"));
        svg.with(Tag.of("polyline", "class", "front", "points", costs.points().stream()
                .filter(CostFront.Point::onFront).sorted(Comparator.comparingDouble(CostFront.Point::cost))
                .map(point -> Tag.number(frame.x(point.cost())) + "," + Tag.number(frame.y(point.recovery())))
                .collect(Collectors.joining(" "))));
        for (var i = 0; i < costs.points().size(); i++) {
            svg.with(mark(frame, costs.points().get(i), i));
        }
        return svg;
    }

    private static Frame frame(CostFront costs) {
        var cost = costs.points().stream().mapToDouble(CostFront.Point::cost).summaryStatistics();
        var recovery = costs.points().stream().mapToDouble(CostFront.Point::recovery).summaryStatistics();
        var logarithmic = cost.getMin() > 0 && cost.getMax() / cost.getMin() >= LOGARITHMIC;
        var room = Math.max(Math.abs(cost.getMax()) * 0.02, (cost.getMax() - cost.getMin()) * 0.1);
        var x = logarithmic ? new Frame.Range(cost.getMin() / 1.3, cost.getMax() * 1.3, true)
                : Frame.Range.of(cost.getMin() - room, cost.getMax() + room);
        var height = Math.max(0.02, (recovery.getMax() - recovery.getMin()) * 0.1);
        return new Frame(400, 260, 48, 36, x,
                Frame.Range.of(recovery.getMin() - height, recovery.getMax() + height));
    }

    private static Tag mark(Frame frame, CostFront.Point point, int index) {
        var x = frame.x(point.cost());
        var y = frame.y(point.recovery());
        var leftHalf = x < frame.width() / 2.0;
        var below = y < frame.height() / 2.0;
        return Tag.of("g").with(
                Tag.of("circle", "cx", Tag.number(x), "cy", Tag.number(y), "r", "5",
                        "class", "mark " + Colors.student(index)),
                Frame.text(x + (leftHalf ? -4 : 4), y + (below ? 17 : -10), leftHalf ? "start" : "end",
                        Frame.fit(point.model(), LABEL)));
    }
}
