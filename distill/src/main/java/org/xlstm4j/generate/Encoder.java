package org.xlstm4j.generate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.xlstm4j.checkpoint.ChatTemplate;
import org.xlstm4j.checkpoint.CheckpointException;
import org.xlstm4j.checkpoint.TextStream;
import org.xlstm4j.checkpoint.TokenTexts;
import org.xlstm4j.checkpoint.Tokenizer;
import org.xlstm4j.distill.data.SpecialTokens;

/** Prompts to tokens, by several threads at once, and none once it is closed. */
final class Encoder implements AutoCloseable {
    /** Where the chat template comes from, when it is asked for: a checkpoint that has none can still go on. */
    @FunctionalInterface
    interface Template {
        ChatTemplate get() throws IOException;
    }

    private final Tokenizer tokenizer;
    private final boolean owned;
    private final SpecialTokens special;
    private final Set<Integer> ends;
    private final TokenTexts texts;
    private final Template template;
    private volatile ChatTemplate parsed;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Encoder(Tokenizer tokenizer, boolean owned, SpecialTokens special, Template template)
            throws CheckpointException {
        this.tokenizer = tokenizer;
        this.owned = owned;
        this.special = special;
        this.ends = Set.copyOf(special.ends());
        this.texts = tokenizer.texts();
        this.template = template;
    }

    TextStream decoder() {
        return texts.stream();
    }

    /**
     * What ends answers.
     *
     * @throws IllegalArgumentException if a stop string can never come up
     */
    Ending ending(GenerationOptions options) {
        var tokens = new HashSet<Integer>();
        var strings = new ArrayList<String>();
        for (var stop : options.stopStrings()) {
            texts.specialToken(stop).ifPresentOrElse(tokens::add, () -> strings.add(requirePossible(stop)));
        }
        return new Ending(ends, tokens, strings, options.maxNewTokens());
    }

    private String requirePossible(String stop) {
        texts.unknownCharacter(stop).ifPresent(character -> {
            throw new IllegalArgumentException(String.format("the stop string '%s' can never come up: no token has its "
                    + "character U+%04X", stop, character));
        });
        return stop;
    }

    /** The fingerprint of the tokenizer. */
    String fingerprint() {
        return tokenizer.fingerprint();
    }

    Prepared prepare(Prompt prompt) {
        if (prompt instanceof Prompt.After after) {
            var more = after.more().map(text -> encode(text, false)).orElseGet(() -> new int[0]);
            return Prepared.after(after.state(), more);
        }
        return Prepared.of(encode(prompt, true));
    }

    private int[] encode(Prompt prompt, boolean begins) {
        if (prompt instanceof Prompt.Tokens tokens) {
            return tokens.ids();
        }
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the generator is closed");
            }
            if (prompt instanceof Prompt.Text text) {
                return begins ? special.encoding(tokenizer).prompt(text.text()) : tokenizer.encode(text.text());
            }
            return tokenizer.encode(render((Prompt.Chat) prompt));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** A template spells its begin token out, where it wants one. */
    private String render(Prompt.Chat chat) {
        try {
            if (parsed == null) {
                parsed = template.get();
            }
            return parsed.render(chat.messages(), true, chat.more());
        } catch (CheckpointException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (owned && !closed) {
                tokenizer.close();
            }
            closed = true;
        } finally {
            lock.writeLock().unlock();
        }
    }
}
