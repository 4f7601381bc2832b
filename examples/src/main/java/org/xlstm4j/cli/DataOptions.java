package org.xlstm4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.xlstm4j.distill.corpus.Corpus;
import org.xlstm4j.distill.corpus.CorpusReport;
import org.xlstm4j.distill.corpus.CorruptLimit;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.corpus.StreamOptions;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.spark.TrainingText;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands that read training data. */
final class DataOptions {
    @ArgGroup(multiplicity = "1")
    private Places places;

    /** Where the data are. */
    private static final class Places {
        @Option(names = "--data", required = true, arity = "1..*", paramLabel = "PLACE",
                description = "Files, folders and globs of lines {\"text\": ...} or {\"prompt\": ..., \"answer\": ...},"
                        + " or of plain text, a document a file; plain, gzip or zstd.")
        private List<String> data;

        @Option(names = "--mix", required = true, paramLabel = "NAME:WEIGHT=PLACE,...",
                description = "Several such sources, mixed by their weights in tokens.")
        private String mixture;

        Corpus corpus() throws IOException {
            return mixture == null ? Corpus.of(data) : Corpus.mixture(mixture);
        }
    }

    @Option(names = "--time", defaultValue = "256", paramLabel = "N",
            description = "Tokens a row, packed with whole documents (default: ${DEFAULT-VALUE}).")
    private int time;

    @Option(names = "--answer-only", description = "Let the answers' tokens alone count in the loss.")
    private boolean answerOnly;

    @Option(names = "--held-out", defaultValue = "0", paramLabel = "SHARE",
            description = "Share of the documents to leave out, chosen by their content (default: ${DEFAULT-VALUE}).")
    private double heldOut;

    @Option(names = "--max-corrupt", defaultValue = "0.1%", paramLabel = "N|P%",
            description = "Lines that may be corrupt, a number or a share, before it stops (default: 0.1%%).")
    private String maxCorrupt;

    @Option(names = "--shuffle-tokens", paramLabel = "N",
            description = "Tokens that are shuffled and packed together (default: 1048576, or 256 rows if more).")
    private Long shuffleTokens;

    @Option(names = "--data-threads", paramLabel = "N",
            description = "Threads that read and tokenise (default: as many as there are cores).")
    private Integer threads;

    /** How rows are packed. */
    PackingOptions packing(CommandSpec spec, BatchOptions rows) {
        return checked(spec, () -> new PackingOptions(time, rows.batch(), answerOnly, rows.seed()));
    }

    /** What is read, and how, for ever. */
    StreamOptions stream(CommandSpec spec, HeldOut.Part part) {
        return checked(spec, () -> {
            var options = StreamOptions.passes().withHeldOut(new HeldOut(heldOut, part))
                    .withCorrupt(CorruptLimit.parse(maxCorrupt))
                    .withShuffleTokens(shuffleTokens == null ? StreamOptions.shuffleTokensFor(time) : shuffleTokens);
            return threads == null ? options : options.withThreads(threads);
        });
    }

    /** A part of the data, for ever. */
    PackedCorpus open(CommandSpec spec, BatchOptions rows, HeldOut.Part part, Encoding encoding) throws IOException {
        var packing = packing(spec, rows);
        var stream = stream(spec, part);
        return corpus(spec).packed(encoding, packing, stream);
    }

    /** A part of the data, for ever, for other machines to read. */
    TrainingText text(CommandSpec spec, BatchOptions rows, HeldOut.Part part) throws IOException {
        var packing = packing(spec, rows);
        var stream = stream(spec, part);
        return new TrainingText(corpus(spec).sources(), packing, stream);
    }

    private Corpus corpus(CommandSpec spec) throws IOException {
        try {
            return places.corpus();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** What was read, in a line. */
    static String summary(CorpusReport report) {
        var parts = new ArrayList<String>();
        parts.add(String.format(Locale.ROOT, "data: %d documents, %d tokens in %d rows, %.1f%% full",
                report.documents(), report.tokens(), report.rows(), 100 * report.density()));
        if (report.sources().size() > 1) {
            report.sources().forEach(source -> parts.add(String.format(Locale.ROOT, "%s %.1f%%", source.name(),
                    100.0 * source.tokens() / report.tokens())));
        }
        add(parts, report.corrupt(), "corrupt");
        add(parts, report.cutDocuments(), "cut");
        add(parts, report.otherPart(), "in the other part");
        add(parts, report.withoutLoss(), "with nothing to learn");
        add(parts, report.emptyFiles(), "empty files");
        return String.join(", ", parts);
    }

    private static void add(List<String> parts, long count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }

    private static <T> T checked(CommandSpec spec, Supplier<T> options) {
        try {
            return options.get();
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
