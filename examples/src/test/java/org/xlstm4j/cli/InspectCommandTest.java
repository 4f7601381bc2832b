package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {
    @Test
    void showsTheTeacher() {
        var run = CommandRun.of("inspect", CommandRun.TEACHER);
        assertThat(run.exitCode()).isZero();
        assertThat(run.out()).contains("teacher", "llama", "836,736", "BF16=836736", "768 tokens")
                .doesNotContain("window");
    }

    @Test
    void showsTheStudentsMixerAsJson(@TempDir Path folder) throws IOException {
        var student = CommandRun.student(folder.resolve("s"), 7);
        var run = CommandRun.of("inspect", student, "--json");
        var json = new ObjectMapper().readTree(run.out());
        assertThat(json.path("kind").asText()).isEqualTo("student");
        assertThat(json.path("mixer").path("window").asInt()).isEqualTo(7);
        assertThat(json.path("dtypes").path("F32").asLong()).isEqualTo(json.path("parameters").asLong());
        assertThat(json.path("endTokens").path(0).asInt()).isEqualTo(2);
    }

    @Test
    void showsWhatTheLayersHave(@TempDir Path folder) throws IOException {
        assertThat(CommandRun.of("inspect", CommandRun.TEACHER).out())
                .containsPattern("norms +before\\R").containsPattern("queryKeyNorm +none\\R")
                .containsPattern("biases +none\\R").doesNotContain("slidingWindow");
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        var config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config)
                .replace("\"model_type\": \"llama\"", "\"model_type\": \"olmo3\", \"sliding_window\": 64"));
        assertThat(CommandRun.of("inspect", copy).out()).containsPattern("norms +after\\R")
                .containsPattern("queryKeyNorm +whole\\R").contains("tokens=64, layers=[0, 1, 2]");
    }

    @Test
    void saysWhatDoesNotFit(@TempDir Path folder) throws IOException {
        var copy = CommandRun.copyOfTeacher(folder.resolve("copy"));
        var config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"num_hidden_layers\": 4",
                "\"num_hidden_layers\": 3"));
        assertThat(CommandRun.of("inspect", copy).out()).contains("9 unexpected: model.layers.3.");
    }

    @Test
    void estimatesMemory() {
        var small = CommandRun.of("inspect", CommandRun.TEACHER, "--batch", 2, "--time", 64);
        assertThat(small.out()).containsPattern("memoryToDecode +0\\.00\\d GiB\\R")
                .containsPattern("memoryToTrain +0\\.\\d+ GiB, about, on batches of 2 x 64 tokens")
                .containsPattern("memoryAvailable +\\d");
        assertThat(CommandRun.of("inspect", CommandRun.TEACHER, "--batch", 100_000, "--time", 100_000).out())
                .containsPattern("memoryToTrain .*more than is available");
        assertThat(CommandRun.of("inspect", CommandRun.TEACHER, "--batch", 0).exitCode()).isEqualTo(2);
    }
}
