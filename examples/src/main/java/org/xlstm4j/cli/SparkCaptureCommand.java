package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.targets.CaptureOptions;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.spark.CaptureJob;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spark capture}: capture, a shard of the store a part. */
@Command(name = "capture", description = {
        "Store a teacher's likeliest next tokens over data, a shard of the store a part.",
        "The store is that of capture; what was interrupted goes on with the same options."})
final class SparkCaptureCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "TEACHER", description = "The teacher's folder, which all machines see.")
    private Path teacher;

    @Mixin
    private ClusterOptions cluster;

    @Mixin
    private DataOptions data;

    @Mixin
    private BatchOptions rows;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--out", required = true, paramLabel = "STORE",
            description = "The target store, a file to create in a folder that all machines see.")
    private Path out;

    @Option(names = "--top-k", defaultValue = "64", paramLabel = "K",
            description = "Next tokens to store at every token (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--tail", description = "Store the mass of all other tokens, too.")
    private boolean tail;

    @Option(names = "--threads", defaultValue = "1", paramLabel = "N",
            description = "Threads a part that select and encode beside the teacher (default: ${DEFAULT-VALUE}).")
    private int threads;

    @Option(names = "--held-out-only", description = "Store what --held-out holds out, instead of the rest.")
    private boolean heldOutOnly;

    @Override
    public Integer call() throws IOException {
        cluster.check(spec);
        var text = data.text(spec, rows, heldOutOnly ? HeldOut.Part.HELD_OUT : HeldOut.Part.TRAINING);
        var options = options();
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString());
        }
        var console = Console.of(spec);
        try (var spark = cluster.connect()) {
            int parts = cluster.parts(spark);
            try (var progress = console.progress("capture", "parts", parts)) {
                spark.capture(new CaptureJob(teacher, text, options, out, parts), progress::update);
            }
        }
        try (var store = TargetStore.open(out)) {
            console.line("%s: %d rows of %d tokens, top %d, %d bytes, %.1f a token", out, store.rows(),
                    store.header().time(), topK, store.bytes(), (double) store.bytes() / store.tokens());
        }
        return 0;
    }

    private CaptureOptions options() {
        try {
            return CaptureOptions.of(topK).withTail(tail).withThreads(threads).withImported(flags.options());
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
