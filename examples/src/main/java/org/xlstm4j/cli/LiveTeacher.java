package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.targets.TeacherTargets;
import org.xlstm4j.distill.train.TargetSource;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of a teacher that is asked while the student trains. */
final class LiveTeacher {
    @Option(names = "--teacher", required = true, paramLabel = "FOLDER",
            description = "A teacher to ask at every batch, in place of a store.")
    private Path teacher;

    @Option(names = "--data", required = true, arity = "1..*", paramLabel = "FILE",
            description = "What to ask it of: files of lines {\"text\": ...} or {\"prompt\": ..., \"answer\": ...}.")
    private List<Path> files;

    @Option(names = "--time", defaultValue = "256", paramLabel = "N",
            description = "Tokens a row (default: ${DEFAULT-VALUE}).")
    private int time;

    @Option(names = "--top-k", defaultValue = "64", paramLabel = "K",
            description = "Next tokens to ask for at every token (default: ${DEFAULT-VALUE}).")
    private int topK;

    @Option(names = "--answer-only", description = "Let the answers' tokens alone count in the loss.")
    private boolean answerOnly;

    /**
     * The teacher's targets.
     *
     * @param batches batches of one pass over the data
     */
    record Live(TargetSource source, int batches) implements AutoCloseable {
        @Override
        public void close() {
            source.close();
        }
    }

    /** Opens teacher and data. */
    Live open(CommandSpec spec, Checkpoint student, int batch, long seed) throws IOException {
        var packing = packing(spec, batch, seed);
        var checkpoint = Checkpoint.open(teacher);
        requireSameTokens(checkpoint, student);
        try (var model = OpenModel.open(teacher)) {
            var dataset = new PackedDataset(model.encoding().documents(JsonLines.documents(files)), packing);
            var source = TargetSource.of(new TeacherTargets(model.model(), time, topK), batch,
                    "teacher " + checkpoint.fingerprint() + ", data " + dataset.fingerprint(), dataset::stream);
            return new Live(source, dataset.epoch(0).size());
        }
    }

    private PackingOptions packing(CommandSpec spec, int batch, long seed) {
        try {
            return new PackingOptions(time, batch, answerOnly, seed);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
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
