package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TargetStoreWriter;

class CaptureCommandTest {
    @TempDir
    private Path folder;

    @Test
    void storesTheTeachersTargets() throws IOException {
        var data = documents("one two three", "Compute 1 + 2 =", "x");
        var out = folder.resolve("new").resolve("store");
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", data, "--out", out, "--top-k", 5, "--time",
                32, "--batch", 2, "--seed", 7);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("rows of 32 tokens, top 5").hasLineCount(1);
        assertThat(run.err()).startsWith("capture: at most ").contains(" rows", " bytes a token", "GB free");
        try (var store = TargetStore.open(out)) {
            assertThat(store.header()).extracting("topK", "time", "seed", "answerOnly")
                    .containsExactly(5, 32, 7L, false);
            assertThat(run.out()).contains(": " + store.rows() + " rows");
        }
        assertThat(out.getParent()).isDirectoryContaining(file -> file.equals(out));
    }

    @Test
    void refusesWrongUsage() throws IOException {
        var data = documents("a");
        for (var option : new String[] {"--top-k=0", "--time=1", "--batch=0", "--threads=0", "--held-out=1",
            "--held-out-only", "--max-corrupt=x", "--shuffle-tokens=0", "--data-threads=0", "--mix=a=b"}) {
            var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", data, "--out", folder.resolve("s"),
                    option);
            assertThat(run.exitCode()).as(option).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }

    @Test
    void leavesAnExistingTargetAlone() throws IOException {
        var out = Files.writeString(folder.resolve("s"), "kept");
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", documents("a"), "--out", out);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(out + " exists already").hasLineCount(1);
        assertThat(out).hasContent("kept");
    }

    @Test
    void refusesMoreTokensThanTheVocabularyHas() throws IOException {
        var out = folder.resolve("s");
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", documents("a"), "--out", out, "--top-k", 769);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("769", "768").hasLineCount(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void goesOnWithWhatIsThere() throws IOException {
        var data = documents("one two three", "Compute 1 + 2 =", "x y z");
        var whole = folder.resolve("whole");
        Object[] options = {"--data", data, "--top-k", 5, "--time", 16, "--tail", "--threads", 1};
        assertThat(capture(whole, options).exitCode()).isZero();
        var out = folder.resolve("store");
        var part = TargetStoreWriter.part(out);
        Files.write(part, Arrays.copyOf(Files.readAllBytes(whole), (int) Files.size(whole) * 3 / 4));
        var run = capture(out, options);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).contains("going on with " + part);
        assertThat(out).hasSameBinaryContentAs(whole);
    }

    @Test
    void startsAnewIfToldTo() throws IOException {
        var data = documents("one two three", "x y z");
        var out = folder.resolve("store");
        var part = Files.writeString(TargetStoreWriter.part(out), "something that was left by something else entirely");
        var refused = capture(out, "--data", data);
        assertThat(refused.exitCode()).isEqualTo(1);
        assertThat(refused.err()).contains(part + ": is not a target store");
        var run = capture(out, "--data", data, "--restart");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(part).doesNotExist();
        try (var store = TargetStore.open(out)) {
            assertThat(store.rows()).isPositive();
        }
    }

    @Test
    void storesTrainingAndHeldOutPartApart() throws IOException {
        var data = documents("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten");
        var training = folder.resolve("training");
        var heldOut = folder.resolve("held-out");
        var run = capture(training, "--data", data, "--time", 16, "--held-out", 0.5);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.err()).containsPattern("data: [1-9] documents, .* [1-9] in the other part");
        assertThat(capture(heldOut, "--mix", "a=" + data, "--time", 16, "--held-out", 0.5, "--held-out-only")
                .exitCode()).isZero();
        try (var some = TargetStore.open(training); var others = TargetStore.open(heldOut);
                var all = TargetStore.open(whole(data))) {
            assertThat(some.tokens() + others.tokens()).isEqualTo(all.tokens());
            assertThat(others.tokens()).isBetween(1L, all.tokens() - 1);
        }
    }

    private Path whole(Path data) {
        var out = folder.resolve("whole");
        assertThat(capture(out, "--data", data, "--time", 16).exitCode()).isZero();
        return out;
    }

    private static CommandRun capture(Path out, Object... options) {
        var arguments = new ArrayList<Object>(List.of("capture", CommandRun.TEACHER, "--out", out));
        arguments.addAll(Arrays.asList(options));
        return CommandRun.of(arguments.toArray());
    }

    private Path documents(String... texts) throws IOException {
        var lines = new StringBuilder();
        for (var text : texts) {
            lines.append("{\"text\": \"").append(text).append("\"}\n");
        }
        return Files.writeString(folder.resolve("data.jsonl"), lines);
    }
}
