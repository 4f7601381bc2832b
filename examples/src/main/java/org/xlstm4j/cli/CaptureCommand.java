package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.data.SpecialTokens;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.CaptureOptions;
import org.xlstm4j.distill.targets.CaptureSource;
import org.xlstm4j.distill.targets.StoreHeader;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TargetStoreWriter;
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
    private BatchOptions rows;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--out", required = true, paramLabel = "STORE", description = "The target store, a file to create.")
    private Path out;

    @Option(names = "--top-k", defaultValue = "64", paramLabel = "K",
            description = "Next tokens to store at every token (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--tail", description = "Store the mass of all other tokens, too.")
    private boolean tail;

    @Option(names = "--threads", paramLabel = "N",
            description = "Threads that select and encode beside the teacher (default: as many as cores).")
    private Integer threads;

    @Option(names = "--restart", description = {"Throw away what an unfinished capture left beside STORE.",
            "Otherwise one of the same teacher, data and settings is gone on with."})
    private boolean restart;

    @Option(names = "--held-out-only", description = "Store what --held-out holds out, instead of the rest.")
    private boolean heldOutOnly;

    @Override
    public Integer call() throws IOException {
        data.packing(spec, rows);
        data.stream(spec, part());
        var options = options();
        if (Files.exists(out)) {
            throw new FileAlreadyExistsException(out.toString());
        }
        var checkpoint = Checkpoint.open(teacher);
        try (var tokenizer = checkpoint.tokenizer()) {
            tokenizer.requireFits(checkpoint.config());
            var corpus = data.open(spec, rows, part(), SpecialTokens.of(checkpoint, tokenizer).encoding(tokenizer));
            capture(checkpoint, corpus.withOptions(corpus.options().withEndless(false)), options);
        }
        return 0;
    }

    private HeldOut.Part part() {
        return heldOutOnly ? HeldOut.Part.HELD_OUT : HeldOut.Part.TRAINING;
    }

    private void capture(Checkpoint checkpoint, PackedCorpus corpus, CaptureOptions options) throws IOException {
        var console = Console.of(spec);
        var survey = corpus.survey();
        var source = new CaptureSource(corpus::stream, corpus.fingerprint(), corpus.packing(),
                OptionalInt.of(Math.toIntExact(survey.rows())));
        Files.createDirectories(out.toAbsolutePath().getParent());
        if (restart) {
            TargetStoreWriter.discard(out);
        }
        announce(console, Capture.header(checkpoint, source, options), source.rows());
        try (var progress = console.progress("capture", "rows", survey.rows())) {
            Capture.write(out, checkpoint, source, options, progress::update);
        }
        console.notice("%s", DataOptions.summary(survey));
        try (var store = TargetStore.open(out)) {
            console.line("%s: %d rows of %d tokens, top %d, %d bytes, %.1f a token", out, store.rows(),
                    corpus.packing().time(), topK, store.bytes(), (double) store.bytes() / store.tokens());
        }
    }

    private CaptureOptions options() {
        try {
            var options = CaptureOptions.of(topK).withTail(tail).withImported(flags.options());
            return threads == null ? options : options.withThreads(threads);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Says before it begins how large it will be, and what is there already. */
    private void announce(Console console, StoreHeader header, OptionalInt rows) throws IOException {
        double token = (double) header.mostBytes(1) / header.time();
        double free = Files.getFileStore(out.toAbsolutePath().getParent()).getUsableSpace() / 1e9;
        var size = rows.isEmpty() ? "rows without end" : String.format(Locale.ROOT, "%d rows, %.3f GB", rows.getAsInt(),
                header.mostBytes(rows.getAsInt()) / 1e9);
        console.notice("capture: at most %s (%.1f bytes a token); the disk has %.1f GB free", size, token, free);
        var part = TargetStoreWriter.part(out);
        if (Files.exists(part)) {
            console.notice("capture: going on with %s, %.3f GB", part, Files.size(part) / 1e9);
        }
    }
}
