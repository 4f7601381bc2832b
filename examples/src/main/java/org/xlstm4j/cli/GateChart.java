package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.knowm.xchart.HeatMapChartBuilder;

/** The mLSTM's share by layer and head as a heat map. */
final class GateChart {

    private GateChart() {
    }

    /** Draws the gates, [layer][head], into {@code file}, as PNG. */
    static void write(double[][] gates, Path file) throws IOException {
        var chart = new HeatMapChartBuilder().width(700).height(460).title("Share of the mLSTM")
                .xAxisTitle("head").yAxisTitle("layer").build();
        chart.getStyler().setShowValue(true);
        chart.getStyler().setMin(0);
        chart.getStyler().setMax(1);
        var cells = new ArrayList<Number[]>();
        for (int layer = 0; layer < gates.length; layer++) {
            for (int head = 0; head < gates[layer].length; head++) {
                cells.add(new Number[] {head, layer, Math.round(gates[layer][head] * 1000) / 1000.0});
            }
        }
        chart.addSeries("gates", indices(gates[0].length), indices(gates.length), cells);
        ChartFile.write(chart, file);
    }

    private static List<Integer> indices(int count) {
        return IntStream.range(0, count).boxed().toList();
    }
}
