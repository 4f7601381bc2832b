package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.XYChartBuilder;
import org.knowm.xchart.style.markers.SeriesMarkers;

/** Curves of a loss over the steps, on a logarithmic axis. */
final class LossChart {

    private LossChart() {
    }

    /** Draws the losses by name into {@code file}, as PNG. */
    static void write(String title, Map<String, List<Double>> losses, Path file) throws IOException {
        var chart = new XYChartBuilder().width(900).height(560).title(title).xAxisTitle("step").yAxisTitle("loss")
                .build();
        chart.getStyler().setYAxisLogarithmic(true);
        losses.forEach((name, values) -> chart.addSeries(name,
                values.stream().mapToDouble(Double::doubleValue).toArray()).setMarker(SeriesMarkers.NONE));
        ChartFile.write(chart, file);
    }
}
