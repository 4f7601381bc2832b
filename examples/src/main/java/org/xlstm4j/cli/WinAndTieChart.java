package org.xlstm4j.cli;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.knowm.xchart.style.XYStyler;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.xlstm4j.distill.judge.TaskComparison;
import org.xlstm4j.distill.judge.WinAndTie;

/** The curves of C_α, the share of tasks won or tied at the tolerance α, a student a curve. */
final class WinAndTieChart {
    private static final int STEPS = 400;
    private static final double LEAST_RANGE = 0.05;

    private WinAndTieChart() {
    }

    /** Draws the curves by student name into {@code file}, as PNG; needs no display. */
    static void write(Map<String, WinAndTie> comparisons, Path file) throws IOException {
        var chart = new XYChartBuilder().width(900).height(560).title("Win-and-Tie rate")
                .xAxisTitle("tolerance α").yAxisTitle("C_α: share of tasks won or tied").build();
        style(chart.getStyler());
        double range = range(comparisons);
        chart.getStyler().setXAxisMax(range);
        comparisons.forEach((name, comparison) -> {
            var points = comparison.curve(range, STEPS);
            chart.addSeries(name, points.stream().mapToDouble(WinAndTie.Point::alpha).toArray(),
                    points.stream().mapToDouble(WinAndTie.Point::rate).toArray()).setMarker(SeriesMarkers.NONE);
        });
        ChartFile.write(chart, file);
    }

    private static void style(XYStyler styler) {
        styler.setYAxisMin(0.0);
        styler.setYAxisMax(1.02);
        styler.setXAxisMin(0.0);
        styler.setXAxisDecimalPattern("0.00#");
        styler.setXAxisMaxLabelCount(11);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setLegendPosition(LegendPosition.InsideSE);
        styler.setChartTitleVisible(true);
    }

    /** Where the last curve has risen to one, on to the next tick. */
    private static double range(Map<String, WinAndTie> comparisons) {
        double last = comparisons.values().stream().flatMap(comparison -> comparison.tasks().stream())
                .mapToDouble(TaskComparison::criticalAlpha).max().orElse(0);
        return Math.min(1, LEAST_RANGE * (Math.floor(last / LEAST_RANGE) + 1));
    }
}
