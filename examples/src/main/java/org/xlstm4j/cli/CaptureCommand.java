package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.targets.Capture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code capture}: what the teacher expects at every token of the data, stored for stage II. */
@Command(name = "capture", description = "Store a teacher's likeliest next tokens over data, for stage II.")
final class CaptureCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TEACHER", description = "The teacher's folder.")
    private Path teacher;

    @Mixin
    private DataOptions data;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--out", required = true, paramLabel = "STORE", description = "The target store, a file to create.")
    private Path out;

    @Option(names = "--top-k", defaultValue = "64", paramLabel = "K",
            description = "Next tokens to store at every token (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Override
    public Integer call() throws IOException {
        var packing = data.packing(spec);
        if (topK < 1) {
            throw new ParameterException(spec.commandLine(), "--top-k must be at least 1, was " + topK);
        }
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString());
        }
        var checkpoint = Checkpoint.open(teacher);
        var dataset = read(checkpoint, packing);
        int rows = dataset.epoch(0).rows();
        var console = Console.of(spec);
        Files.createDirectories(out.toAbsolutePath().getParent());
        try (var progress = console.progress("capture", "rows", rows)) {
            Capture.write(out, checkpoint, flags.options(), dataset, topK, progress::update);
        }
        console.line("%s: %d rows of %d tokens, top %d, %d bytes", out, rows, packing.time(), topK, Files.size(out));
        return 0;
    }

    private PackedDataset read(Checkpoint checkpoint, PackingOptions packing) throws IOException {
        try (var tokenizer = checkpoint.tokenizer()) {
            tokenizer.requireFits(checkpoint.config());
            return data.read(SpecialTokens.of(checkpoint, tokenizer).encoding(tokenizer), packing);
        }
    }
}
