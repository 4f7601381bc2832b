package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
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
    @ValueSource(strings = {"", " ", "12 + 34 = 46", "  two  spaces\n\tand a tab ", "naïve Zoë, 日本語", "🙂👩‍🚀", "a\0b",
        "\r\n\r\n \n\n\n", "\u00a0\u2003\u3000\ufeff", "e\u0301 é", "שלום עליכם", "🇦🇹🏳️‍🌈", "<|bos", "< |eos|>", "▁Ġ##a"})
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
    void specialTokensSpeltOutAreRecognisedAndNotDecoded() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            assertThat(tokenizer.encode("<|bos|>")).containsExactly(1);
            assertThat(tokenizer.encode("<|bos|><|eos|><|pad|>"))
                    .containsExactly(1, 2, tokenizer.tokenId("<|pad|>"));
            var ids = tokenizer.encode("<|bos|>a🙂<|eos|>b");
            assertThat(ids).startsWith(1).contains(2);
            assertThat(tokenizer.decode(ids)).isEqualTo("a🙂b");
            assertThat(tokenizer.encode("a")).doesNotContain(1, 2);
        }
    }

    @Test
    void truncationAndPaddingOfTheFileAreOff(@TempDir Path folder) throws IOException {
        var copy = Fixtures.copy(Fixtures.TEACHER, folder);
        Fixtures.edit(copy.resolve("tokenizer.json"), "\"truncation\": null", """
                "truncation": {"direction": "Right", "max_length": 4, "strategy": "LongestFirst", "stride": 0}""");
        Fixtures.edit(copy.resolve("tokenizer.json"), "\"padding\": null", """
                "padding": {"strategy": {"Fixed": 9}, "direction": "Right", "pad_to_multiple_of": null, "pad_id": 0,
                "pad_type_id": 0, "pad_token": "<|pad|>"}""");
        try (var tokenizer = Tokenizer.open(copy); var plain = Tokenizer.open(Fixtures.TEACHER)) {
            var text = "7 ".repeat(600);
            assertThat(tokenizer.encode(text)).hasSizeGreaterThan(512).isEqualTo(plain.encode(text));
            assertThat(tokenizer.encode("7")).isEqualTo(plain.encode("7"));
        }
    }

    @Test
    void opensInAFreshCacheWithoutTheNetwork(@TempDir Path cache) throws IOException, InterruptedException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(java, "-Xmx128m", "-DDJL_CACHE_DIR=" + cache, "-cp",
                System.getProperty("java.class.path"), Offline.class.getName(), Fixtures.TEACHER.toString())
                .redirectErrorStream(true).start();
        var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        try (var files = Files.walk(cache)) {
            assertThat(files.map(Path::toString)).anyMatch(file -> file.contains("cpu"));
        }
    }

    /** A JVM of its own, since a native library is loaded once; any connection ends it with an error. */
    static final class Offline {
        public static void main(String[] arguments) throws IOException {
            ProxySelector.setDefault(new ProxySelector() {
                @Override
                public List<Proxy> select(URI uri) {
                    System.err.println("connects to " + uri);
                    Runtime.getRuntime().halt(3);
                    return List.of();
                }

                @Override
                public void connectFailed(URI uri, SocketAddress address, IOException e) {
                    throw new IllegalStateException(uri.toString(), e);
                }
            });
            try (var tokenizer = Tokenizer.open(Path.of(arguments[0]))) {
                if (tokenizer.encode("<|eos|>")[0] != 2) {
                    throw new IllegalStateException("wrong token");
                }
            }
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
