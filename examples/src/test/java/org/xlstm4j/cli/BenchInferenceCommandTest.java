package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchInferenceCommandTest {
    @Test
    void comparesTeacherAndStudent(@TempDir Path folder) throws IOException {
        var json = folder.resolve("inference.json");
        var chart = folder.resolve("inference.png");
        var work = folder.resolve("work");
        var run = CommandRun.of("bench", "inference", "--layers", 1, "--hidden", 16, "--heads", 2, "--kv-heads", 1,
                "--mlp", 24, "--vocabulary", 50, "--window", 8, "--contexts", "30,13", "--prefill-up-to", 20, "--rounds",
                2, "--tokens", 3, "--prefills", 2, "--threads", 1, "--work", work, "--json", json, "--chart", chart);
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsSubsequence("window 8, 4 sinks, float32, 1 threads", "first token s", "peak MB",
                        "\n13  ", "\n30  ", "all contexts in turns, 30 tokens", "not measured: ")
                .doesNotContain("kept").doesNotContain("failed");
        var report = Outputs.readJson(json);
        assertThat(report.path("complete").asBoolean()).isTrue();
        assertThat(report.path("setting").path("keyValueHeads").asInt()).isEqualTo(1);
        assertThat(report.path("points")).hasSize(4).allSatisfy(point -> {
            assertThat(point.path("decodeTokensPerSecond")).hasSize(2);
            assertThat(point.path("decodeTokensPerSecondMedian").asDouble()).isPositive();
            boolean read = point.path("context").asInt() == 13;
            assertThat(point.path("prefillSeconds")).hasSize(read ? 2 : 0);
            assertThat(point.path("peakBytes").asLong() > 1 << 20).isEqualTo(read);
        });
        assertThat(report.path("studentInTurns").path("13")).hasSize(2);
        assertThat(ImageIO.read(chart.toFile()).getWidth()).isGreaterThan(800);
        try (var left = Files.list(work)) {
            assertThat(left).as("the checkpoints are deleted").isEmpty();
        }
    }

    @Test
    void refusesWhatCannotBeMeasured(@TempDir Path folder) {
        refused("the longest context and what follows it are 100192 tokens", "--checkpoint", CommandRun.TEACHER,
                "--contexts", "100000");
        refused("is a student: give its teacher", "--checkpoint", CommandRun.student(folder.resolve("student"), 16),
                "--contexts", "16");
        refused("contexts must be at least 1 token", "--contexts", "0");
        refused("must be a multiple of the heads (5)", "--heads", 5);
        refused("--threads must be from 1 to", "--threads", 0);
        refused("--segment must be at least 1, was 0", "--segment", 0);
    }

    private static void refused(String why, Object... options) {
        var arguments = new Object[options.length + 2];
        arguments[0] = "bench";
        arguments[1] = "inference";
        System.arraycopy(options, 0, arguments, 2, options.length);
        var run = CommandRun.of(arguments);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(why);
    }

    @Test
    void thePeerNeedsAJava(@TempDir Path folder) {
        var run = CommandRun.of("bench", "inference", "--jlama", "--jlama-java", folder);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("there is no Java in " + folder).contains("version 21 or newer");
    }
}
