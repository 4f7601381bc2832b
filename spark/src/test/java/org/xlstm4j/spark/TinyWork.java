package org.xlstm4j.spark;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.zip.GZIPInputStream;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.corpus.Corpus;
import org.xlstm4j.distill.corpus.StreamOptions;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.targets.CaptureOptions;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.safetensors.DType;

/** The demo's teacher with little text, in a folder. */
record TinyWork(Path folder) {
    static final Path DEMO = Path.of("..", "examples", "demo");
    static final Path TEACHER = DEMO.resolve("teacher-llama-1m");
    static final PackingOptions PACKING = new PackingOptions(48, 3, false, 5);

    /** So many lines of the demo's training text. */
    Path text(int lines) throws IOException {
        try (var reader = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(DEMO.resolve("data").resolve("math.train.jsonl.gz")))))) {
            return Files.writeString(folder.resolve("text.jsonl"),
                    reader.lines().limit(lines).collect(Collectors.joining("\n")));
        }
    }

    TrainingText training(int lines) throws IOException {
        return new TrainingText(Corpus.of(List.of(text(lines).toString())).sources(), PACKING,
                StreamOptions.passes().withShuffleTokens(700).withThreads(1));
    }

    /** A student of the teacher. */
    Path student() throws IOException {
        var teacher = Checkpoint.open(TEACHER);
        return Checkpoint.write(folder.resolve("student"), StudentStart.from(teacher.load(), HybridConfig.of(4, 1)),
                teacher, DType.F32).folder();
    }

    CaptureJob capture(String out, int lines, int parts) throws IOException {
        return new CaptureJob(TEACHER, training(lines), CaptureOptions.of(7).withThreads(1), folder.resolve(out),
                parts);
    }

    AlignmentJob alignment(String out, Path student, int parts) throws IOException {
        return new AlignmentJob(TEACHER, ImportOptions.STRICT, student, training(40), AlignmentOptions.of(3, 0.01), 2,
                folder.resolve(out), parts);
    }

    ExpertsJob.Expert expert(String out, Path store, long seed) {
        return new ExpertsJob.Expert(store, DistillationOptions.of(3, 2, 1e-3, seed), folder.resolve(out));
    }
}
