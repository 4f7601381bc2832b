package org.xlstm4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import java.util.TreeSet;

/** A figure of what {@code bench inference --json} wrote, as a cost. */
enum BenchFigure {
    DECODE("decodeTokensPerSecondMedian", "decode, tokens/s", true),
    PREFILL("prefillTokensPerSecondMedian", "prefill, tokens/s", true),
    MEMORY("peakBytes", "peak memory, bytes", false);

    private static final String FORMAT = "xlstm4j-inference-bench-1";

    private final String field;
    private final String label;
    private final boolean moreIsBetter;

    BenchFigure(String field, String label, boolean moreIsBetter) {
        this.field = field;
        this.label = label;
        this.moreIsBetter = moreIsBetter;
    }

    String label(int context) {
        return label + " at " + context + " tokens";
    }

    boolean moreIsBetter() {
        return moreIsBetter;
    }

    /** The points in a file. */
    static JsonNode points(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file");
        }
        var tree = Outputs.readJson(file);
        if (!tree.path("format").asText().equals(FORMAT)) {
            throw new IOException(file + ": not what bench inference --json writes (\"format\" is not \"" + FORMAT
                    + "\")");
        }
        return tree.path("points");
    }

    /** The contexts at which the student has the figure. */
    TreeSet<Integer> contexts(JsonNode points) {
        var contexts = new TreeSet<Integer>();
        for (var point : points) {
            if (point.path("model").asText().equals("student") && point.path(field).isNumber()) {
                contexts.add(point.path("context").asInt());
            }
        }
        return contexts;
    }

    /** The figure of {@code teacher} or {@code student} at one context. */
    OptionalDouble of(JsonNode points, String model, int context) {
        for (var point : points) {
            if (point.path("model").asText().equals(model) && point.path("context").asInt() == context
                    && point.path(field).isNumber()) {
                return OptionalDouble.of(point.path(field).doubleValue());
            }
        }
        return OptionalDouble.empty();
    }
}
