package org.xlstm4j.distill.resume;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.resume.ResumeException.Reason;

class TrainingCheckpointsTest {
    private static final RunSettings SETTINGS = new RunSettings(Map.of("batch", "8", "seed", "1"));

    @TempDir
    private Path folder;

    private CheckpointOptions options(boolean resume) {
        return new CheckpointOptions(folder, 10, 2, resume);
    }

    private TrainingCheckpoints open(boolean resume) throws IOException {
        return TrainingCheckpoints.open(options(resume), SETTINGS);
    }

    /** Arrays of which every element tells the step. */
    private static Snapshot snapshot(int step) {
        var arrays = new LinkedHashMap<String, INDArray>();
        arrays.put("weights/a", Nd4j.createFromArray(step + 0.1f, Float.MIN_VALUE, -0f).reshape('c', 3, 1));
        arrays.put("first/a", Nd4j.createFromArray(new float[][] {{step, 1}, {2, 3}, {4, 5}}).dup('f'));
        return new Snapshot(step, arrays, JsonNodeFactory.instance.objectNode().put("place", step + "th"));
    }

    private void write(int... steps) throws IOException {
        try (var checkpoints = open(true)) {
            for (int step : steps) {
                checkpoints.save(snapshot(step));
            }
        }
    }

    private Path file(int step) {
        return folder.resolve(String.format("step-%010d.safetensors", step));
    }

    private Snapshot latest() throws IOException {
        try (var checkpoints = open(true)) {
            return checkpoints.latest().orElseThrow();
        }
    }

    private static void assertSame(Snapshot actual, Snapshot expected) {
        assertThat(actual.step()).isEqualTo(expected.step());
        assertThat(actual.state()).isEqualTo(expected.state());
        assertThat(actual.arrays().keySet()).containsExactlyInAnyOrderElementsOf(expected.arrays().keySet());
        expected.arrays().forEach((name, array) -> {
            assertThat(actual.arrays().get(name).shape()).isEqualTo(array.shape());
            assertThat(actual.arrays().get(name).dup('c').data().asFloat()).as(name)
                    .isEqualTo(array.dup('c').data().asFloat());
        });
    }

    @Test
    void whatWasSavedComesBackBitByBit() throws IOException {
        try (var checkpoints = open(true)) {
            assertThat(checkpoints.latest()).isEmpty();
        }
        write(10, 20);
        assertSame(latest(), snapshot(20));
        assertThat(Files.readString(folder.resolve("latest"))).isEqualTo("step-0000000020.safetensors\n");
    }

    @Test
    void theLastFewAreKept() throws IOException {
        write(10, 20, 30, 40);
        assertThat(folder).isDirectoryNotContaining(path -> path.equals(file(20)));
        assertThat(file(30)).exists();
        assertThat(file(40)).exists();
    }

    @Test
    void trainingMayChangeTheArraysAtOnce() throws IOException {
        var changing = snapshot(10);
        try (var checkpoints = open(false)) {
            checkpoints.save(changing);
            changing.arrays().values().forEach(array -> array.assign(-1));
        }
        assertSame(latest(), snapshot(10));
    }

    @Test
    void everyDamagedByteIsFoundAndTheCheckpointBeforeTaken() throws IOException {
        write(10, 20);
        var whole = Files.readAllBytes(file(20));
        for (int at = 0; at < whole.length; at += 13) {
            var damaged = whole.clone();
            damaged[at] ^= 4;
            Files.write(file(20), damaged);
            assertThat(latest().step()).as("byte %d of %d", at, whole.length).isEqualTo(10);
        }
    }

    @Test
    void aCheckpointCutShortOrGoneIsPassedOver() throws IOException {
        write(10, 20);
        var whole = Files.readAllBytes(file(20));
        for (int length : new int[] {0, 7, whole.length / 2, whole.length - 1}) {
            Files.write(file(20), Arrays.copyOf(whole, length));
            assertThat(latest().step()).isEqualTo(10);
        }
        Files.delete(file(20));
        assertThat(latest().step()).isEqualTo(10);
    }

    @Test
    void aBrokenPointerIsPassedOver() throws IOException {
        write(10, 20);
        for (var content : List.of("", "../elsewhere", "step-x", "/etc/passwd", "\0".repeat(26))) {
            Files.writeString(folder.resolve("latest"), content);
            assertSame(latest(), snapshot(20));
        }
        Files.delete(folder.resolve("latest"));
        assertSame(latest(), snapshot(20));
    }

    @Test
    void whereAllAreDamagedNothingBeginsAnew() throws IOException {
        write(10, 20);
        Files.write(file(10), new byte[9]);
        Files.write(file(20), new byte[9]);
        assertThatExceptionOfType(ResumeException.class).isThrownBy(this::latest)
                .withMessageContaining("none of the 2 checkpoints can be read")
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.DAMAGED));
    }

    @Test
    void otherSettingsAreRefusedAndNamed() throws IOException {
        write(10);
        var other = new RunSettings(Map.of("batch", "4", "seed", "1", "clip", "2"));
        try (var checkpoints = TrainingCheckpoints.open(options(true), other)) {
            assertThatExceptionOfType(ResumeException.class).isThrownBy(checkpoints::latest)
                    .withMessageContaining("(batch 8 against 4; clip none against 2)")
                    .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.OTHER_SETTINGS));
        }
        assertSame(latest(), snapshot(10));
    }

    @Test
    void aNewTrainingDoesNotOverwriteAnother() throws IOException {
        write(10);
        assertThatExceptionOfType(ResumeException.class).isThrownBy(() -> open(false))
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.OCCUPIED));
        assertSame(latest(), snapshot(10));
    }

    @Test
    void twoTrainingsDoNotShareAFolder() throws IOException {
        try (var checkpoints = open(true)) {
            assertThatExceptionOfType(ResumeException.class).isThrownBy(() -> open(true))
                    .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.IN_USE));
            checkpoints.save(snapshot(10));
        }
        assertSame(latest(), snapshot(10));
    }

    @Test
    void whatAKilledProcessLeftIsDeleted() throws IOException {
        write(10);
        var left = List.of(".step-0000000020.safetensors.0a1b.tmp", ".latest.0a1b.tmp");
        for (var name : left) {
            Files.writeString(folder.resolve(name), "half");
        }
        var mine = Files.writeString(folder.resolve(".notes.tmp"), "kept");
        assertSame(latest(), snapshot(10));
        assertThat(folder).isDirectoryNotContaining(path -> left.contains(path.getFileName().toString()));
        assertThat(mine).hasContent("kept");
    }

    @Test
    void aFailureInTheBackgroundComesOutAtTheNextStep() throws Exception {
        write(10);
        var checkpoints = open(true);
        checkpoints.latest();
        // Where the pointer should go stands a folder that is not empty.
        Files.delete(folder.resolve("latest"));
        Files.createDirectories(folder.resolve("latest").resolve("inside"));
        checkpoints.save(snapshot(20));
        assertThatExceptionOfType(ResumeException.class).isThrownBy(() -> {
            for (int i = 0; i < 1000; i++) {
                checkpoints.check();
                Thread.sleep(10);
            }
        }).withMessageContaining("the checkpoint of step 20 could not be written")
                .withMessageContaining("the last good one is that of step 10")
                .satisfies(failure -> assertThat(failure.reason()).isEqualTo(Reason.NOT_WRITTEN));
        checkpoints.close();
    }

    @Test
    void aFailureAtTheEndComesOutWhenClosed() throws IOException {
        var checkpoints = open(false);
        Files.createDirectories(folder.resolve("latest").resolve("inside"));
        checkpoints.save(snapshot(10));
        assertThatExceptionOfType(ResumeException.class).isThrownBy(checkpoints::close)
                .withMessageContaining("there is none before it");
        checkpoints.close();
    }

    /** Saves ever larger checkpoints to the folder {@code args[0]} until one does not fit. */
    public static void main(String[] args) throws IOException {
        try (var checkpoints =
                TrainingCheckpoints.open(new CheckpointOptions(Path.of(args[0]), 1, 2, true), SETTINGS)) {
            for (int step = 1; step < 30; step++) {
                checkpoints.save(new Snapshot(step, Map.of("a", Nd4j.ones(1 << step)),
                        JsonNodeFactory.instance.objectNode()));
            }
        }
    }

    /** The limit on a file's size stands for a disk that is full: writing fails in the middle of a file. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFullDiskLeavesTheLastGoodCheckpoint() throws IOException, InterruptedException {
        var log = Files.createTempFile("full-disk", ".log");
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder("sh", "-c", "ulimit -f 400; exec \"$@\"", "sh", java,
                "-XX:-UsePerfData", "-Dorg.slf4j.simpleLogger.defaultLogLevel=error", "-cp",
                System.getProperty("java.class.path"), TrainingCheckpointsTest.class.getName(), folder.toString())
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).isNotZero();
        assertThat(Files.readString(log))
                .contains("could not be written", "File too large", "last good one is that of");
        Files.delete(log);
        var last = latest();
        assertThat(last.arrays().get("a").length()).isEqualTo(1L << last.step());
        assertThat(last.arrays().get("a").sumNumber().intValue()).isEqualTo(1 << last.step());
        assertThat(folder).isDirectoryNotContaining(path -> path.getFileName().toString().endsWith(".tmp"));
    }

    @Test
    void optionsThatSaveNothingAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> new CheckpointOptions(folder, 0, 1, false));
        assertThatIllegalArgumentException().isThrownBy(() -> new CheckpointOptions(folder, 1, 0, false));
    }
}
