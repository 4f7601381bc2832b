package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.targets.TargetStore;

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
        assertThat(run.err()).startsWith("capture: ").contains(" rows");
        try (var store = TargetStore.open(out)) {
            assertThat(store.header()).extracting("topK", "time", "seed", "answerOnly")
                    .containsExactly(5, 32, 7L, false);
            assertThat(run.out()).contains(": " + store.header().rows() + " rows");
        }
        assertThat(out.getParent()).isDirectoryContaining(file -> file.equals(out));
    }

    @Test
    void refusesWrongUsage() throws IOException {
        var data = documents("a");
        for (var option : new String[] {"--top-k=0", "--time=1", "--batch=0"}) {
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

    private Path documents(String... texts) throws IOException {
        var lines = new StringBuilder();
        for (var text : texts) {
            lines.append("{\"text\": \"").append(text).append("\"}\n");
        }
        return Files.writeString(folder.resolve("data.jsonl"), lines);
    }
}
