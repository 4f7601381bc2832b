package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.xlstm4j.distill.watch.StatsFile;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Option;

/** The options of commands that keep how training went. */
final class StatsOptions {
    @ArgGroup(exclusive = false)
    private Stats stats;

    /** What belongs to a file of statistics. */
    private static final class Stats {
        @Option(names = "--stats", required = true, paramLabel = "FILE",
                description = "Write every step's losses there, as JSON lines; --resume goes on with it.")
        private Path file;

        @Option(names = "--chart", paramLabel = "PNG", description = "In the end draw their curves.")
        private Path chart;
    }

    /** Who writes the file; empty if it is not wanted. */
    Optional<StatsFile> listener() throws IOException {
        return stats == null ? Optional.empty() : Optional.of(new StatsFile(stats.file));
    }

    /** Draws the curves, where they are wanted. */
    void draw(String title) throws IOException {
        if (stats != null && stats.chart != null) {
            LossChart.write(title, curves(), stats.chart);
        }
    }

    private Map<String, List<Double>> curves() throws IOException {
        var curves = new LinkedHashMap<String, List<Double>>();
        for (var line : StatsFile.read(stats.file)) {
            if (line.path("loss").isNumber()) {
                curves.computeIfAbsent("loss", name -> new ArrayList<>()).add(line.get("loss").asDouble());
            }
            for (int layer = 0; layer < line.path("losses").size(); layer++) {
                if (line.get("losses").get(layer).isNumber()) {
                    curves.computeIfAbsent("layer " + layer, name -> new ArrayList<>())
                            .add(line.get("losses").get(layer).asDouble());
                }
            }
        }
        return curves;
    }
}
