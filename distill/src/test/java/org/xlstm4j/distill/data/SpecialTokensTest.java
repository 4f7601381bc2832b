package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.CheckpointException;

class SpecialTokensTest {
    @TempDir
    private Path folder;

    private Path copyOfTeacher() throws IOException {
        var teacher = Path.of("src", "test", "resources", "checkpoint", "teacher-llama-1m");
        for (var name : List.of("config.json", "generation_config.json", "model.safetensors", "tokenizer.json",
                "tokenizer_config.json")) {
            Files.copy(teacher.resolve(name), folder.resolve(name));
        }
        return folder;
    }

    private static SpecialTokens tokens(Path folder) throws IOException {
        var checkpoint = Checkpoint.open(folder);
        try (var tokenizer = checkpoint.tokenizer()) {
            return SpecialTokens.of(checkpoint, tokenizer);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', value = {
        "{}                                                       # 1",
        "{\"bos_token\": \"<|eos|>\"}                             # 2",
        "{\"bos_token\": {\"content\": \"<|pad|>\"}}              # 0",
        "{\"bos_token\": null}                                    # -1",
        "{\"bos_token\": \"<|bos|>\", \"add_bos_token\": false}   # -1"})
    void tokenizerConfigDecidesOnTheBeginToken(String settings, int expected) throws IOException {
        var copy = copyOfTeacher();
        Files.writeString(copy.resolve("tokenizer_config.json"), settings);
        assertThat(tokens(copy).begin()).isEqualTo(expected);
    }

    @Test
    void configDecidesWithoutATokenizerConfig() throws IOException {
        var copy = copyOfTeacher();
        Files.delete(copy.resolve("tokenizer_config.json"));
        assertThat(tokens(copy)).isEqualTo(new SpecialTokens(1, List.of(2)));
    }

    @Test
    void refusesAModelWithoutAnEnd() throws IOException {
        var copy = copyOfTeacher();
        Files.delete(copy.resolve("generation_config.json"));
        var config = copy.resolve("config.json");
        Files.writeString(config, Files.readString(config).replace("\"eos_token_id\": 2,", ""));
        assertThatThrownBy(() -> tokens(copy)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("eos_token_id");
    }
}
