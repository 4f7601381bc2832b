package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.distill.evaluate.Needles;
import org.xlstm4j.distill.evaluate.TaskSet;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of needles in haystacks. */
final class NeedleFlags {
    @Option(names = "--needle", split = ",", paramLabel = "LENGTH",
            description = {"Hide a number in texts of so many tokens and ask for it, such as 1024,4096;",
                "a task needle-LENGTH each."})
    private List<Integer> lengths;

    @Option(names = "--needle-depths", split = ",", defaultValue = "0,0.25,0.5,0.75,1", paramLabel = "DEPTH",
            description = "Where it lies, from 0, the beginning, to 1 (default: ${DEFAULT-VALUE}).")
    private List<Double> depths;

    @Option(names = "--needle-samples", defaultValue = "4", paramLabel = "N",
            description = "Needles a length and depth (default: ${DEFAULT-VALUE}).")
    private int samples;

    @Option(names = "--needle-seed", defaultValue = "0", paramLabel = "N",
            description = "What they are drawn with (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--haystack", paramLabel = "FILE",
            description = "Plain text to hide them in, repeated where too short (default: sentences made by rule).")
    private Path haystack;

    /** Whether there are to be needles. */
    boolean isGiven() {
        return lengths != null;
    }

    /** The tasks of needles. */
    TaskSet tasks(CommandSpec spec) throws IOException {
        var text = haystack == null ? "" : Files.readString(haystack);
        if (haystack != null && text.isBlank()) {
            throw new IOException(haystack + " is blank; name a file with text for the haystack");
        }
        try {
            return new Needles(lengths, depths, samples, seed, text).tasks();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
