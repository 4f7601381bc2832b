package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;

/** A figure of several students as points with their standard deviations. */
final class SpreadChart {

    private SpreadChart() {
    }

    /** Draws the figures into {@code file}, as PNG. */
    static void write(String title, String axis, List<String> names, List<Spread> figures, Path file)
            throws IOException {
        var chart = new CategoryChartBuilder().width(900).height(460).title(title).yAxisTitle(axis).build();
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Scatter);
        chart.getStyler().setLegendVisible(false);
        double low = figures.stream().mapToDouble(figure -> figure.mean() - width(figure)).min().orElseThrow();
        double high = figures.stream().mapToDouble(figure -> figure.mean() + width(figure)).max().orElseThrow();
        double margin = Math.max(1e-3, 0.1 * (high - low));
        chart.getStyler().setYAxisMin(Math.max(0, low - margin));
        chart.getStyler().setYAxisMax(high + margin);
        chart.addSeries(title, names, figures.stream().map(Spread::mean).toList(),
                figures.stream().map(SpreadChart::width).toList());
        ChartFile.write(chart, file);
    }

    private static double width(Spread figure) {
        return Double.isNaN(figure.deviation()) ? 0 : figure.deviation();
    }
}
