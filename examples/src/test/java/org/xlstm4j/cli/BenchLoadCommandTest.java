package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchLoadCommandTest {
    @Test
    void comparesLoadingWithAPlainRead(@TempDir Path folder) throws IOException {
        var json = folder.resolve("load.json");
        var run = CommandRun.of("bench", "load", CommandRun.TEACHER, "--repeats", 1, "--json", json);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsSubsequence("plain read GB/s", "to float32 GB/s a core", "load GB/s", "%");
        var figures = Outputs.readJson(json);
        assertThat(figures.path("bytes").asLong()).isEqualTo(2 * 836_736);
        assertThat(figures.path("measurements")).hasSize(1).allSatisfy(one -> {
            assertThat(one.path("plainRead").asDouble()).isPositive();
            assertThat(one.path("conversion").asDouble()).isPositive();
            assertThat(one.path("load").asDouble()).isPositive();
            assertThat(one.path("peakHeapBytes").asLong()).isPositive();
        });
    }

    @Test
    void saysWhichCommandFailed() {
        var run = CommandRun.of("bench", "load", CommandRun.TEACHER, "--drop", "false");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("the command failed: false");
    }

    @Test
    void makesNoCheckpointOfNoSize(@TempDir Path folder) {
        var run = CommandRun.of("bench", "load", folder.resolve("none"), "--generate", -1);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--generate must be above 0, was -1.0");
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
