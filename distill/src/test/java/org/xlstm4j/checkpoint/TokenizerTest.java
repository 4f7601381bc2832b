package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.safetensors.SafetensorsFile;

class TokenizerTest {

    @Test
    void goldenIdsDecodeToTextThatEncodesToThem() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER);
                var golden = SafetensorsFile.open(Fixtures.TEACHER.resolve("golden.safetensors"))) {
            var ids = Arrays.stream(golden.readLongs("input_ids")).mapToInt(Math::toIntExact).toArray();
            assertThat(ids[0]).isEqualTo(tokenizer.tokenId("<|bos|>")).isEqualTo(1);
            var text = tokenizer.decode(ids);
            assertThat(text).isNotBlank().doesNotContain("<|bos|>").isASCII();
            assertThat(tokenizer.encode("<|bos|>" + text)).startsWith(1);
            assertThat(tokenizer.encode(text)).isEqualTo(Arrays.stream(ids).filter(id -> id > 2).toArray());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "12 + 34 = 46", "  two  spaces\n\tand a tab ", "naïve Zoë, 日本語", "🙂👩‍🚀", "a\0b"})
    void anyTextComesBack(String text) throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void longTextIsNotTruncated() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            var text = "7 ".repeat(5000);
            assertThat(tokenizer.encode(text)).hasSizeGreaterThanOrEqualTo(5000);
            assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        }
    }

    @Test
    void vocabularyIncludesAddedTokens() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            assertThat(tokenizer.vocabSize()).isEqualTo(768);
            assertThat(tokenizer.tokenId("<|eos|>")).isEqualTo(2);
            assertThatThrownBy(() -> tokenizer.tokenId("<|nothing|>")).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("<|nothing|>");
        }
    }

    @Test
    void manyThreadsEncodeAlike() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            var expected = tokenizer.encode("reverse the list 3 1 4 1 5");
            assertThat(IntStream.range(0, 200).parallel().mapToObj(i -> tokenizer.encode("reverse the list 3 1 4 1 5")))
                    .allSatisfy(ids -> assertThat(ids).isEqualTo(expected));
        }
    }

    @Test
    void fingerprintIsTheFilesHash() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            assertThat(tokenizer.fingerprint()).hasSize(64)
                    .isEqualTo(Fingerprint.of(Files.readAllBytes(Fixtures.TEACHER.resolve("tokenizer.json"))));
        }
    }

    @Test
    void tokenizerOfALargerVocabularyIsRefused() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            tokenizer.requireFits(Checkpoint.open(Fixtures.TEACHER).config());
            var small = Checkpoint.open(Fixtures.TIED).config();
            assertThatThrownBy(() -> tokenizer.requireFits(small)).isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("767").hasMessageContaining("320");
        }
    }

    @Test
    void missingTokenizerIsNamed() {
        assertThatThrownBy(() -> Tokenizer.open(Fixtures.TIED)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("llama3-tied has no tokenizer.json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{", "[]", "{}", "{\"model\": {\"type\": \"BPE\"}}", "{\"model\": 3}",
        "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9085657\n"})
    void brokenTokenizerIsNamed(String content, @TempDir Path folder) throws IOException {
        Files.write(folder.resolve("tokenizer.json"), content.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> Tokenizer.open(folder)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tokenizer.json").hasMessageNotContaining("\n");
    }
}
