package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MergeCommandTest {
    private static final String WEIGHTS = "model.safetensors";

    @TempDir
    private Path folder;

    @Test
    void mergeOfOneExpertWithItselfIsThatExpert() throws IOException {
        var expert = CommandRun.student(folder.resolve("a"), 4);
        var out = folder.resolve("m");
        var run = CommandRun.of("merge", expert, expert, "--out", out, "--weights", "0.25,0.75");
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("coefficients 0.25,0.75");
        assertThat(Files.mismatch(expert.resolve(WEIGHTS), out.resolve(WEIGHTS))).isEqualTo(-1);
    }

    @Test
    void weighsAllAlikeByDefault() {
        var expert = CommandRun.student(folder.resolve("a"), 4);
        var run = CommandRun.of("merge", expert, expert, expert, expert, "--out", folder.resolve("m"));
        assertThat(run.out()).contains("coefficients 0.25,0.25,0.25,0.25");
    }

    @ParameterizedTest
    @CsvSource({"'0.5,0.6',not to 1", "'1.5,-0.5',at least 0", "'0.5,x',no number", "1,for 1 experts"})
    void refusesWeightsThatAreNone(String weights, String said) {
        var out = folder.resolve("m");
        var run = CommandRun.of("merge", "a", "b", "--out", out, "--weights", weights);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(said).hasLineCount(1);
        assertThat(out).doesNotExist();
    }

    @Test
    void refusesExpertsThatDiffer() {
        var run = CommandRun.of("merge", CommandRun.student(folder.resolve("a"), 4),
                CommandRun.student(folder.resolve("b"), 5), "--out", folder.resolve("m"));
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("hybrid.window is 4").hasLineCount(1);
        assertThat(folder.resolve("m")).doesNotExist();
    }
}
