package org.xlstm4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.BitmapEncoder.BitmapFormat;
import org.knowm.xchart.internal.chartpart.Chart;

/** A chart as a PNG file; needs no display. */
final class ChartFile {

    private ChartFile() {
    }

    /** Draws {@code chart} into {@code file}, whole or not at all. */
    static void write(Chart<?, ?> chart, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        var image = new ByteArrayOutputStream();
        BitmapEncoder.saveBitmap(chart, image, BitmapFormat.PNG);
        Outputs.write(file, image.toByteArray());
    }

    /** Draws charts into one {@code file}, one below the other. */
    static void write(List<? extends Chart<?, ?>> charts, Path file) throws IOException {
        System.setProperty("java.awt.headless", "true");
        var image = new ByteArrayOutputStream();
        BitmapEncoder.saveBitmap(charts, charts.size(), 1, image, BitmapFormat.PNG);
        Outputs.write(file, image.toByteArray());
    }
}
