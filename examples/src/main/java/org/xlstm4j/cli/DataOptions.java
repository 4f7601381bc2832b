package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands that read training data. */
final class DataOptions {
    @Option(names = "--data", required = true, arity = "1..*", paramLabel = "FILE",
            description = "Files of lines {\"text\": ...} or {\"prompt\": ..., \"answer\": ...}, plain or gzipped.")
    private List<Path> files;

    @Option(names = "--time", defaultValue = "256", paramLabel = "N",
            description = "Tokens a row, packed with whole documents (default: ${DEFAULT-VALUE}).")
    private int time;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Rows a batch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--answer-only", description = "Let the answers' tokens alone count in the loss.")
    private boolean answerOnly;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of the order (default: ${DEFAULT-VALUE}).")
    private long seed;

    /** How rows are packed. */
    PackingOptions packing(CommandSpec spec) {
        try {
            return new PackingOptions(time, batch, answerOnly, seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** The files' documents, encoded and packed. */
    PackedDataset read(Encoding encoding, PackingOptions packing) throws IOException {
        return new PackedDataset(encoding.documents(JsonLines.documents(files)), packing);
    }
}
