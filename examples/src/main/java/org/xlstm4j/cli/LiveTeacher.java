package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.corpus.CorpusReport;
import org.xlstm4j.distill.corpus.CorpusStream;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.targets.TeacherTargets;
import org.xlstm4j.distill.train.TargetSource;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;

/** The options of a teacher that is asked while the student trains. */
final class LiveTeacher {
    @Option(names = "--teacher", required = true, paramLabel = "FOLDER",
            description = "A teacher to ask at every batch, in place of a store.")
    private Path teacher;

    @ArgGroup(exclusive = false, multiplicity = "1")
    private DataOptions data;

    @Option(names = "--top-k", defaultValue = "64", paramLabel = "K",
            description = "Next tokens to ask for at every token (default: ${DEFAULT-VALUE}).")
    private int topK;

    /** A teacher that is asked, and what it is asked of. */
    static final class Live implements AutoCloseable {
        private final OpenModel model;
        private final PackedCorpus corpus;
        private final AtomicReference<CorpusStream> read = new AtomicReference<>();
        private final TargetSource source;

        private Live(OpenModel model, PackedCorpus corpus, int topK) throws IOException {
            this.model = model;
            this.corpus = corpus;
            this.source = TargetSource.of(new TeacherTargets(model.model(), corpus.packing().time(), topK),
                    corpus.packing().batch(),
                    "teacher " + model.checkpoint().fingerprint() + ", data " + corpus.fingerprint(), place -> {
                        read.set(corpus.stream(place));
                        return read.get();
                    });
        }

        /** The teacher's targets. */
        TargetSource source() {
            return source;
        }

        /** Batches of one pass over the data, which are read for it. */
        int batches() throws IOException {
            return Math.toIntExact(corpus.survey().batches(corpus.packing().batch()));
        }

        /** What was read for training; empty if nothing was. */
        Optional<CorpusReport> report() {
            return Optional.ofNullable(read.get()).map(CorpusStream::report);
        }

        @Override
        public void close() {
            source.close();
            model.close();
        }
    }

    /** Refuses what cannot be, before anything is read. */
    void check(CommandSpec spec, BatchOptions rows) {
        data.packing(spec, rows);
        data.stream(spec, HeldOut.Part.TRAINING);
    }

    /** Opens teacher and data. */
    Live open(CommandSpec spec, Checkpoint student, BatchOptions rows, TeacherOptions teachers) throws IOException {
        var checkpoint = Checkpoint.open(teacher);
        requireSameTokens(checkpoint, student);
        teachers.require(checkpoint, student);
        var model = OpenModel.open(teacher);
        try {
            return new Live(model, data.open(spec, rows, HeldOut.Part.TRAINING, model.encoding()), topK);
        } catch (IOException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private void requireSameTokens(Checkpoint asked, Checkpoint student) throws IOException {
        try (var own = asked.tokenizer(); var other = student.tokenizer()) {
            if (!own.fingerprint().equals(other.fingerprint())) {
                throw new IOException(student.folder() + " has another tokenizer than its teacher " + teacher
                        + ": take the teacher that it was converted from");
            }
        }
        if (student.config().vocabSize() < asked.config().vocabSize()) {
            throw new IOException(teacher + " knows " + asked.config().vocabSize() + " tokens, and "
                    + student.folder() + " only " + student.config().vocabSize());
        }
    }
}
