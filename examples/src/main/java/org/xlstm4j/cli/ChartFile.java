package org.xlstm4j.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
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
}
