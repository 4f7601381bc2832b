package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchDataCommandTest {
    private static final Path MATH = Path.of("demo", "data", "math.train.jsonl.gz");

    @Test
    void comparesReadingWithTraining(@TempDir Path folder) throws IOException {
        var json = folder.resolve("data.json");
        var run = CommandRun.of("bench", "data", "--teacher", CommandRun.TEACHER, "--mix", "math=" + MATH, "--threads",
                "1,3", "--seconds", 0.01, "--shuffle-tokens", 20_000, "--json", json);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsSubsequence("threads", "tokens/s", "of training", "rows full", "resume s",
                "training: ", "8 × 128 tokens");
        var figures = Outputs.readJson(json);
        assertThat(figures.path("trainingTokensPerSecond").asDouble()).isPositive();
        assertThat(figures.path("streams")).hasSize(2).allSatisfy(stream -> {
            assertThat(stream.path("tokensPerSecond").asDouble()).isPositive();
            assertThat(stream.path("density").asDouble()).isBetween(0.9, 1.0);
            assertThat(stream.path("resumeSeconds").asDouble()).isPositive();
        });
        assertThat(figures.path("streams").path(1).path("threads").asInt()).isEqualTo(3);
    }

    @Test
    void refusesWrongUsage() {
        for (var option : new String[] {"--seconds=0", "--threads=0", "--shuffle-tokens=0", "--time=1", "--mix=x",
            "--mix=a:0=b"}) {
            var run = CommandRun.of("bench", "data", "--teacher", CommandRun.TEACHER, option);
            assertThat(run.exitCode()).as(option + run.err()).isEqualTo(2);
            assertThat(run.err()).hasLineCount(1);
        }
    }
}
