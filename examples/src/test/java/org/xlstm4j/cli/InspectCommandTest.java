package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TargetStoreWriter;

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

    @Test
    void showsAStoreAndChecksIt(@TempDir Path folder) throws IOException {
        var store = capture(folder);
        var run = CommandRun.of("inspect", store, "--verify");
        assertThat(run.exitCode()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("state +complete\\R").containsPattern("topK +5\\R")
                .containsPattern("time +16\\R").containsPattern("vocabSize +768\\R")
                .containsPattern("values +linear16\\R")
                .containsPattern("teacher +[0-9a-f]{64}\\R").containsPattern("tokenizer +[0-9a-f]{64}\\R")
                .containsPattern("data +[0-9a-f]{16}\\R").containsPattern("bytesAToken +\\d+\\.\\d\\R")
                .containsPattern("problems +none, all rows checked\\R");
        assertThat(run.err()).contains("verify: ");
        try (var opened = TargetStore.open(store)) {
            assertThat(run.out()).containsPattern("rows +" + opened.rows() + "\\R")
                    .containsPattern("tokens +" + opened.tokens() + "\\R");
        }
        assertThat(CommandRun.of("inspect", CommandRun.TEACHER, "--verify").exitCode()).isEqualTo(2);
    }

    @Test
    void namesWhatAFlippedBitBroke(@TempDir Path folder) throws IOException {
        var store = capture(folder);
        var bytes = Files.readAllBytes(store);
        bytes[bytes.length / 2] ^= 2;
        Files.write(store, bytes);
        assertThat(CommandRun.of("inspect", store).exitCode()).isZero();
        var run = CommandRun.of("inspect", store, "--verify");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.out()).containsPattern("problems +" + store + ": row \\d is damaged");
        var json = new ObjectMapper().readTree(CommandRun.of("inspect", store, "--verify", "--json").out());
        assertThat(json.path("problems").path(0).asText()).contains("is damaged");
        bytes[bytes.length - 12] ^= 2;
        Files.write(store, bytes);
        var index = CommandRun.of("inspect", store);
        assertThat(index.exitCode()).isEqualTo(1);
        assertThat(index.out()).containsPattern("state +damaged\\R").contains("the index at its end is damaged");
        bytes[30] ^= 2;
        Files.write(store, bytes);
        var header = CommandRun.of("inspect", store);
        assertThat(header.exitCode()).isEqualTo(1);
        assertThat(header.err()).contains(store + ": its header is damaged").hasLineCount(1);
    }

    @Test
    void showsWhatACaptureHasWrittenSoFar(@TempDir Path folder) throws IOException {
        var store = capture(folder);
        var part = TargetStoreWriter.part(store);
        Files.write(part, Arrays.copyOf(Files.readAllBytes(store), (int) Files.size(store) * 3 / 4));
        Files.delete(store);
        var run = CommandRun.of("inspect", store, "--verify");
        assertThat(run.exitCode()).as(run.out()).isZero();
        assertThat(run.out()).contains(part.toString()).containsPattern("state +unfinished\\R")
                .containsPattern("rows +[1-9]\\d*\\R").containsPattern("problems +none, all rows checked\\R");
    }

    private static Path capture(Path folder) throws IOException {
        var data = folder.resolve("data.jsonl");
        Files.writeString(data, "{\"text\": \"one two three\"}\n{\"text\": \"Compute 1 + 2 =\"}\n".repeat(5));
        var store = folder.resolve("store");
        var run = CommandRun.of("capture", CommandRun.TEACHER, "--data", data, "--out", store, "--top-k", 5, "--time",
                16);
        assertThat(run.exitCode()).as(run.err()).isZero();
        return store;
    }
}
