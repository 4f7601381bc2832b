package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenTextsTest {
    private static final String LONE_SURROGATE = "\ud83d";

    private static TokenTexts texts(Path checkpoint) throws IOException {
        try (var tokenizer = Tokenizer.open(checkpoint)) {
            return tokenizer.texts();
        }
    }

    @Test
    void tokensOfAllBytesCanSayEverythingThatIsUnicode(@TempDir Path folder) throws IOException {
        for (var checkpoint : new Path[] {Fixtures.TEACHER, TokenizerFiles.byteFallback(folder)}) {
            var texts = texts(checkpoint);
            assertThat(texts.unknownCharacter("aZ 日本🚀\u0000\n\u00ad")).isEmpty();
            assertThat(texts.unknownCharacter("a" + LONE_SURROGATE + "b")).hasValue(0xd83d);
        }
    }

    @Test
    void otherTokensCanSayTheirOwnCharactersAlone(@TempDir Path folder) throws IOException {
        var texts = texts(TokenizerFiles.metaspace(folder, "always"));
        assertThat(texts.unknownCharacter("the a日🚀.\n")).isEmpty();
        assertThat(texts.unknownCharacter("the Q")).hasValue('Q');
        assertThat(texts.unknownCharacter("▁")).hasValue('▁');
        // Of special tokens no text has anything; of added ones it does.
        assertThat(texts.unknownCharacter("note|")).isEmpty();
        assertThat(texts.unknownCharacter("/")).hasValue('/');
    }

    @Test
    void specialTokensAreKnownByTheirSpelling() throws IOException {
        var texts = texts(Fixtures.TEACHER);
        assertThat(texts.specialToken("<|eos|>")).hasValue(2);
        assertThat(texts.specialToken("<|eos")).isEmpty();
        assertThat(texts.specialToken("a")).isEmpty();
    }
}
