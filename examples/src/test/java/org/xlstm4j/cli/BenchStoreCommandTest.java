package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchStoreCommandTest {
    @Test
    void measuresAStoreAndWhatTrainingTakesFromIt(@TempDir Path folder) throws IOException {
        var json = folder.resolve("store.json");
        var run = CommandRun.of("bench", "store", "--vocabulary", 1000, "--top-k", "8,3", "--rows", 2, "--steps", 1,
                "--home", "demo", "--json", json);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).contains("bytes a token", "KL lost", "the demo's: ", " times as fast");
        var figures = Outputs.readJson(json);
        assertThat(figures.path("synthetic")).hasSize(2).allSatisfy(one -> {
            assertThat(one.path("vocabSize").asInt()).isEqualTo(1000);
            assertThat(one.path("divergence").asDouble()).isBetween(0.0, 1e-6);
            assertThat(one.path("written").asDouble()).isPositive();
            assertThat(one.path("read").asDouble()).isPositive();
        });
        assertThat(figures.path("demo").path("read").asDouble())
                .isGreaterThan(figures.path("demo").path("trained").asDouble());
    }

    @Test
    void refusesWrongUsage() {
        var run = CommandRun.of("bench", "store", "--rows", 1);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--rows must be at least 2 and --steps 1, were 1 and 40").hasLineCount(1);
    }
}
