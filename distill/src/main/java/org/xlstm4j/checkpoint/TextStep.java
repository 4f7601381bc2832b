package org.xlstm4j.checkpoint;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * A step on tokens' way to text, as tokenizer.json's {@code decoder} names it, done token by token instead of on a
 * whole list; what the next step is given is certain, whatever tokens follow. Each does what the tokenizers library's
 * decoder of its name does.
 */
abstract sealed class TextStep {
    private final TextStep next;

    private TextStep(TextStep next) {
        this.next = next;
    }

    /** Takes the next token, or the next part of a fused text. */
    abstract void accept(String token);

    /** What comes from here on is told apart from what came before: passes on what need not wait for it. */
    void divide() {
        next.divide();
    }

    /** There are no more tokens. */
    void end() {
        next.end();
    }

    final void pass(String token) {
        next.accept(token);
    }

    /** Collects the text. */
    static final class Collect extends TextStep {
        private final StringBuilder text = new StringBuilder();

        Collect() {
            super(null);
        }

        @Override
        void accept(String token) {
            text.append(token);
        }

        @Override
        void divide() {
            // The last step: what it has is taken.
        }

        @Override
        void end() {
            // The last step: what it has is taken.
        }

        String take() {
            var taken = text.toString();
            text.setLength(0);
            return taken;
        }
    }

    /** Tokens with a space between, where there is no decoder. */
    static final class Spaced extends TextStep {
        private boolean first = true;

        Spaced(TextStep next) {
            super(next);
        }

        @Override
        void accept(String token) {
            pass(first ? token : " " + token);
            first = false;
        }
    }

    /** Every letter of a token stands for a byte, and the bytes of all tokens together are UTF-8. */
    static final class Bytes extends TextStep {
        private final CharsetDecoder utf8 = StandardCharsets.UTF_8.newDecoder()
                .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
        /** The first bytes of a character that is not whole. */
        private byte[] begun = new byte[0];

        Bytes(TextStep next) {
            super(next);
        }

        @Override
        void accept(String token) {
            decode(ByteLetters.bytes(token), false);
        }

        private void decode(byte[] more, boolean end) {
            var bytes = ByteBuffer.allocate(begun.length + more.length).put(begun).put(more).flip();
            var text = CharBuffer.allocate(bytes.remaining());
            utf8.decode(bytes, text, end);
            begun = new byte[bytes.remaining()];
            bytes.get(begun);
            if (text.flip().hasRemaining()) {
                pass(text.toString());
            }
        }

        @Override
        void end() {
            decode(new byte[0], true);
            utf8.reset();
            super.end();
        }
    }

    /**
     * Tokens such as {@code <0xE2>} are bytes. Neighbours are UTF-8 together, or else each is a replacement character:
     * so a run of them is not certain before its end.
     */
    static final class ByteFallback extends TextStep {
        private ByteBuffer run = ByteBuffer.allocate(16);

        ByteFallback(TextStep next) {
            super(next);
        }

        @Override
        void accept(String token) {
            int value = ByteLetters.fallback(token);
            if (value < 0) {
                passRun();
                pass(token);
                return;
            }
            if (!run.hasRemaining()) {
                run = ByteBuffer.allocate(2 * run.capacity()).put(run.flip());
            }
            run.put((byte) value);
        }

        /** Characters that are whole do not wait for the end of the run, though what follows might spoil it. */
        @Override
        void divide() {
            run.flip();
            var text = CharBuffer.allocate(run.remaining());
            StandardCharsets.UTF_8.newDecoder().decode(run, text, false);
            run.compact();
            pass(text.flip().toString());
            super.divide();
        }

        private void passRun() {
            run.flip();
            if (run.hasRemaining()) {
                var text = new String(run.array(), 0, run.limit(), StandardCharsets.UTF_8);
                boolean valid = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)).equals(run);
                pass(valid ? text : "\ufffd".repeat(run.limit()));
            }
            run.clear();
        }

        @Override
        void end() {
            passRun();
            super.end();
        }
    }

    /** One text in a token for another. */
    static final class Replace extends TextStep {
        private final String old;
        private final String replacement;

        Replace(String old, String replacement, TextStep next) {
            super(next);
            this.old = old;
            this.replacement = replacement;
        }

        @Override
        void accept(String token) {
            pass(token.replace(old, replacement));
        }
    }

    /** Leaves so many characters out where a token begins with them, or where the fused text does. */
    static final class StripStart extends TextStep {
        private final int character;
        private final int most;
        private final boolean fused;
        private int left;

        StripStart(int character, int most, boolean fused, TextStep next) {
            super(next);
            this.character = character;
            this.most = most;
            this.fused = fused;
            this.left = most;
        }

        @Override
        void accept(String token) {
            if (!fused) {
                left = most;
            }
            int from = 0;
            while (left > 0 && from < token.length() && token.codePointAt(from) == character) {
                from += Character.charCount(character);
                left--;
            }
            if (from < token.length()) {
                left = 0;
            }
            pass(token.substring(from));
        }
    }

    /** A mark for each space, of which the first token's are left out where the tokenizer puts one before texts. */
    static final class Metaspace extends TextStep {
        private final String mark;
        private final boolean prepended;
        private boolean first = true;

        Metaspace(String mark, boolean prepended, TextStep next) {
            super(next);
            this.mark = mark;
            this.prepended = prepended;
        }

        @Override
        void accept(String token) {
            pass(token.replace(mark, first && prepended ? "" : " "));
            first = false;
        }
    }
}
