package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.targets.TargetStoreWriter;

class DistillCommandTest {
    @TempDir
    private static Path shared;

    private static Path student;
    private static Path store;

    @TempDir
    private Path folder;

    @BeforeAll
    static void capture() throws IOException {
        student = CommandRun.student(shared.resolve("student"), 4);
        store = shared.resolve("store");
        var line = "{\"prompt\": \"Compute 1 + 2 =\", \"answer\": \" 3\"}\n";
        var data = Files.writeString(shared.resolve("data.jsonl"), line.repeat(8));
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", data, "--out", store, "--top-k", 3, "--time",
                24, "--batch", 2);
        assertThat(run.exitCode()).as(run.err()).isZero();
    }

    @Test
    void trainsEveryParameterAndRepeatsWithTheSameSeed() throws IOException {
        var out = folder.resolve("distilled");
        var run = CommandRun.of("distill", student, "--targets", store, "--out", out, "--steps", 2, "--batch", 2);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("2 steps").containsPattern("loss \\d+\\.\\d{4} at first").hasLineCount(1);
        assertThat(run.err()).containsPattern("distill: 2/2 steps, .*loss \\d+\\.\\d{4}");
        var before = Checkpoint.open(student).load().parameters();
        var after = Checkpoint.open(out).load().parameters();
        // The read is normalised: a bias that scales every input alike cancels out of it.
        assertThat(before.keySet()).filteredOn(name -> !name.endsWith("input_gate.bias"))
                .allSatisfy(name -> assertThat(after.get(name)).isNotEqualTo(before.get(name)));

        var again = folder.resolve("again");
        CommandRun.of("distill", student, "--targets", store, "--out", again, "--steps", 2, "--batch", 2);
        assertThat(Checkpoint.open(again).fingerprint()).isEqualTo(Checkpoint.open(out).fingerprint());
    }

    @Test
    void refusesWrongUsage() {
        for (var option : new String[] {"--steps=0", "--batch=0", "--rate=0", "--ce-weight=-1", "--kl-weight=-1",
                "--activations=int8"}) {
            var run = CommandRun.of("distill", student, "--targets", store, "--out", folder.resolve("d"), option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }

    @Test
    void refusesTheStoreOfAnotherTokenizer() throws IOException {
        var other = CommandRun.student(folder.resolve("other"), 4);
        var tokenizer = other.resolve("tokenizer.json");
        Files.writeString(tokenizer, Files.readString(tokenizer) + "\n");
        refuses("another tokenizer", other, store, 1);
    }

    @Test
    void refusesTheStoreOfAnotherTeacherUnlessToldTo() throws IOException {
        var other = CommandRun.student(folder.resolve("other"), 4);
        var config = other.resolve("config.json");
        Files.writeString(config, Files.readString(config).replaceFirst("(\"teacher_fingerprint\"[^\"]*\")", "$1x"));
        refuses("was captured from another teacher", other, store, 1);
        var live = CommandRun.of("distill", other, "--teacher", CommandRun.TEACHER, "--data",
                shared.resolve("data.jsonl"), "--out", folder.resolve("d"), "--steps", 1);
        assertThat(live.exitCode()).isEqualTo(1);
        assertThat(live.err()).contains(other + " was made from another teacher").hasLineCount(1);
        var run = CommandRun.of("distill", other, "--targets", store, "--out", folder.resolve("d"), "--steps", 1,
                "--batch", 1, "--any-teacher", "--evaluate", store);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("best measurement: held-out KL");
    }

    @Test
    void refusesAPlaceThatCannotBeWrittenBeforeItTrains() throws IOException {
        var file = Files.writeString(folder.resolve("file"), "no folder");
        var run = CommandRun.of("distill", student, "--targets", store, "--out", file.resolve("new").resolve("d"),
                "--steps", 1);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(file + " cannot be written to: change its permissions").hasLineCount(1);
    }

    @Test
    void saysThatACaptureIsNotFinished() throws IOException {
        var missing = folder.resolve("targets");
        Files.copy(store, TargetStoreWriter.part(missing));
        refuses("is not finished, and what there is lies in " + TargetStoreWriter.part(missing), student, missing, 1);
    }

    @Test
    void namesTheDamagedRow() throws IOException {
        var bytes = Files.readAllBytes(store);
        for (int i = bytes.length - 60; i > 500; i -= 100) {
            bytes[i] ^= 1;
        }
        refuses("is damaged: capture it again", student, Files.write(folder.resolve("damaged"), bytes), 1);
    }

    @Test
    void refusesWhatIsNoStore() throws IOException {
        var file = Files.writeString(folder.resolve("text"), "{\"text\": \"not a store\"}");
        refuses("is not a target store: write one with capture", student, file, 1);
    }

    @Test
    void refusesABatchLargerThanTheStore() {
        refuses("a batch of 1000 rows", student, store, 1000);
    }

    @Test
    void leavesAnExistingTargetAlone() throws IOException {
        var kept = Files.writeString(Files.createDirectory(folder.resolve("d")).resolve("kept"), "kept");
        var run = CommandRun.of("distill", student, "--targets", store, "--out", folder.resolve("d"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("exists already").hasLineCount(1);
        assertThat(folder.resolve("d")).isDirectoryContaining(file -> file.equals(kept));
    }

    private void refuses(String said, Path model, Path targets, int batch) {
        var run = CommandRun.of("distill", model, "--targets", targets, "--out", folder.resolve("d"), "--steps", 1,
                "--batch", batch);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(said).hasLineCount(1);
        assertThat(folder.resolve("d")).doesNotExist();
    }
}
