package org.xlstm4j.generate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.xlstm4j.checkpoint.ChatTemplate;
import org.xlstm4j.checkpoint.CheckpointException;
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
    private final Template template;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    Encoder(Tokenizer tokenizer, boolean owned, SpecialTokens special, Template template) {
        this.tokenizer = tokenizer;
        this.owned = owned;
        this.special = special;
        this.ends = new TreeSet<>(special.ends());
        this.template = template;
    }

    Set<Integer> ends() {
        return ends;
    }

    String decode(int[] ids) {
        return tokenizer.decode(ids);
    }

    int[] tokens(Prompt prompt) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new IllegalStateException("the generator is closed");
            }
            if (prompt instanceof Prompt.Tokens tokens) {
                return tokens.ids().clone();
            }
            return prompt instanceof Prompt.Text text ? special.encoding(tokenizer).prompt(text.text())
                    : tokenizer.encode(render((Prompt.Chat) prompt));
        } finally {
            lock.readLock().unlock();
        }
    }

    /** A template spells its begin token out, where it wants one. */
    private String render(Prompt.Chat chat) {
        try {
            return template.get().render(chat.messages(), true, chat.more());
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
