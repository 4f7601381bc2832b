package org.xlstm4j.cli;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.knowm.xchart.XYChart;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import org.xlstm4j.bench.inference.InferenceReport;
import org.xlstm4j.bench.inference.Point;
import org.xlstm4j.bench.inference.Subject;

/** Decoding, prefill and memory over the context, one below the other, a curve a model. */
final class InferenceChart {
    private static final int WIDTH = 900;
    private static final int HEIGHT = 380;

    private InferenceChart() {
    }

    /** Draws them into {@code file}, as PNG; needs no display. */
    static void write(InferenceReport report, Path file) throws IOException {
        ChartFile.write(List.of(
                chart(report, "Decoding", "tokens/s", Point::decodeRate),
                chart(report, "Prefill", "tokens/s", Point::prefillRate),
                chart(report, "Peak memory", "GB", point -> point.peakBytes() == 0 ? Double.NaN
                        : point.peakBytes() / 1e9)), file);
    }

    private static XYChart chart(InferenceReport report, String title, String unit, ToDoubleFunction<Point> figure) {
        var chart = new XYChartBuilder().width(WIDTH).height(HEIGHT).title(title).xAxisTitle("context, tokens")
                .yAxisTitle(unit).build();
        var styler = chart.getStyler();
        styler.setXAxisLogarithmic(true);
        styler.setYAxisMin(0.0);
        styler.setChartBackgroundColor(Color.WHITE);
        styler.setLegendPosition(LegendPosition.OutsideE);
        Stream.of(Subject.values()).forEach(subject -> {
            var points = report.points().stream().filter(point -> point.subject() == subject
                    && !Double.isNaN(figure.applyAsDouble(point))).toList();
            if (!points.isEmpty()) {
                chart.addSeries(subject.text(), points.stream().mapToDouble(Point::context).toArray(),
                        points.stream().mapToDouble(figure).toArray());
            }
        });
        return chart;
    }
}
