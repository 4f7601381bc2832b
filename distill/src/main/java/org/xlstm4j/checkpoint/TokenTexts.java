package org.xlstm4j.checkpoint;

import java.util.OptionalInt;

/** What a tokenizer's tokens say, one after the other. For any number of threads, even after it was closed. */
public final class TokenTexts {
    private final Vocabulary vocabulary;
    private final TextSteps.Plan plan;
    private volatile Alphabet alphabet;

    TokenTexts(Vocabulary vocabulary, TextSteps.Plan plan) {
        this.vocabulary = vocabulary;
        this.plan = plan;
    }

    /** A new text. */
    public TextStream stream() {
        return new TextStream(vocabulary, plan);
    }

    /** The id of the special token that is spelt as {@code text}; there may be none. */
    public OptionalInt specialToken(String text) {
        var id = vocabulary.ids().get(text);
        return id != null && vocabulary.special().get(id) ? OptionalInt.of(id) : OptionalInt.empty();
    }

    /**
     * The first code point of {@code text} that no tokens can say: none has it in its text, nor have some its bytes.
     * There may be none.
     */
    public OptionalInt unknownCharacter(String text) {
        if (alphabet == null) {
            alphabet = Alphabet.of(vocabulary, plan);
        }
        return alphabet.firstUnknown(text);
    }
}
