package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TextStreamTest {
    private static final int SEQUENCES = 400;

    @TempDir
    private static Path folder;

    private static Stream<Path> tokenizers() throws IOException {
        var made = Files.createTempDirectory(folder, "tokenizers");
        return Stream.of(Fixtures.TEACHER, TokenizerFiles.byteFallback(made), TokenizerFiles.unstripped(made),
                TokenizerFiles.metaspace(made, "always"), TokenizerFiles.metaspace(made, "first"),
                TokenizerFiles.metaspace(made, "never"), TokenizerFiles.words(made));
    }

    /** Random tokens are mostly broken UTF-8, with special tokens, added ones and ids of none among them. */
    @ParameterizedTest
    @MethodSource("tokenizers")
    void piecesAreTheTextOfAllTokens(Path checkpoint) throws IOException {
        var random = new Random(7);
        try (var tokenizer = Tokenizer.open(checkpoint)) {
            var texts = tokenizer.texts();
            for (int i = 0; i < SEQUENCES; i++) {
                // Tokens from part of the vocabulary, so that words and bytes come in runs.
                int origin = random.nextInt(tokenizer.vocabSize());
                int bound = Math.min(tokenizer.vocabSize() + 3, origin + 1 + random.nextInt(120));
                var ids = random.ints(random.nextInt(40), origin, bound).toArray();
                var stream = texts.stream();
                var text = new StringBuilder();
                for (int id : ids) {
                    text.append(whole(stream.add(id)));
                }
                text.append(stream.end());
                assertThat(text.toString()).as(Arrays.toString(ids)).isEqualTo(tokenizer.decode(ids));
            }
        }
    }

    private static String whole(String piece) {
        // A lone surrogate would become a question mark.
        assertThat(new String(piece.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8)).isEqualTo(piece);
        return piece;
    }

    @ParameterizedTest
    @MethodSource("tokenizers")
    void textThatFollowsAnotherIsWhatItAddsToIt(Path checkpoint) throws IOException {
        try (var tokenizer = Tokenizer.open(checkpoint)) {
            var ids = tokenizer.encode("the▁the a▁▁the🙂 b é日本👩‍🚀\n.▁a the");
            var whole = tokenizer.decode(ids);
            for (int split = 0; split <= ids.length; split++) {
                var before = tokenizer.decode(Arrays.copyOf(ids, split));
                if (!before.endsWith("\ufffd")) {
                    var stream = tokenizer.texts().stream();
                    stream.follow(Arrays.copyOf(ids, split));
                    var text = new StringBuilder(before);
                    Arrays.stream(ids, split, ids.length).forEach(id -> text.append(stream.add(id)));
                    assertThat(text.append(stream.end()).toString()).as("from %d", split).isEqualTo(whole);
                }
            }
        }
    }

    @Test
    void characterThatAnotherTextBeganComesWhole() throws IOException {
        var folders = List.of(Fixtures.TEACHER, TokenizerFiles.byteFallback(Files.createDirectory(
                folder.resolve("begun"))));
        for (var checkpoint : folders) {
            try (var tokenizer = Tokenizer.open(checkpoint)) {
                var ids = tokenizer.encode("a🚀😀.");
                int last = ids.length - 1;
                var stream = tokenizer.texts().stream();
                stream.follow(Arrays.copyOf(ids, last - 1));
                assertThat(stream.add(ids[last - 1]) + stream.add(ids[last])).isEqualTo("😀.");
            }
        }
    }

    @Test
    void characterOfSeveralTokensComesWithItsLast() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            var stream = tokenizer.texts().stream();
            var pieces = Arrays.stream(tokenizer.encode("a🙂b")).mapToObj(stream::add).toList();
            assertThat(pieces).hasSizeGreaterThan(3).doesNotContain("\ufffd").contains("a", "🙂", "b", "");
            assertThat(stream.end()).isEmpty();
        }
    }

    @Test
    void bytesThatNothingCompletesComeAtTheEnd() throws IOException {
        try (var tokenizer = Tokenizer.open(Fixtures.TEACHER)) {
            var stream = tokenizer.texts().stream();
            assertThat(stream.add(tokenizer.encode("🙂")[0])).isEmpty();
            assertThat(stream.end()).isEqualTo("\ufffd");
        }
    }

    @Test
    void spaceBeforeTheFirstWordIsTheTokenizersAndOthersAreTheTexts() throws IOException {
        var made = Files.createTempDirectory(folder, "tokenizers");
        try (var tokenizer = Tokenizer.open(TokenizerFiles.byteFallback(made))) {
            var stream = tokenizer.texts().stream();
            int the = tokenizer.tokenId("▁the");
            assertThat(List.of(stream.add(1), stream.add(the), stream.add(the), stream.add(tokenizer.tokenId("▁▁"))))
                    .containsExactly("", "the", " the", "  ");
        }
    }

    @Test
    void decoderThatNeedsAllTokensIsRefused() throws IOException {
        try (var tokenizer = Tokenizer.open(TokenizerFiles.ctc(folder))) {
            assertThatThrownBy(tokenizer::texts).isInstanceOf(UnsupportedModelException.class)
                    .hasMessageContaining("tokenizer.json").hasMessageContaining("'CTC'");
        }
    }
}
