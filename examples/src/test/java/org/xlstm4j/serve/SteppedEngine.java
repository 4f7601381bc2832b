package org.xlstm4j.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.xlstm4j.generate.FinishReason;
import org.xlstm4j.generate.GeneratedToken;
import org.xlstm4j.generate.Generation;
import org.xlstm4j.generate.GenerationOptions;
import org.xlstm4j.generate.Prompt;
import org.xlstm4j.generate.TokenListener;

/**
 * An engine of which a test decides when it makes a token: the n-th of every answer is {@code piece} n times over.
 * Tokens of a prompt are its characters.
 */
class SteppedEngine implements Engine {
    /** Tokens that may be made. */
    final Semaphore steps = new Semaphore(0);
    /** The prompts of generations that began, and why those that ended did. */
    final BlockingQueue<String> begun = new LinkedBlockingQueue<>();
    final BlockingQueue<FinishReason> ended = new LinkedBlockingQueue<>();
    private final String piece;

    SteppedEngine(String piece) {
        this.piece = piece;
    }

    @Override
    public int[] tokens(Prompt prompt) {
        if (prompt instanceof Prompt.Tokens tokens) {
            return tokens.ids();
        }
        return prompt instanceof Prompt.Text text ? text.text().chars().toArray()
                : ((Prompt.Chat) prompt).messages().toString().chars().toArray();
    }

    @Override
    public void check(Prompt prompt, GenerationOptions options) {
        if (options.stopStrings().contains("never")) {
            throw new IllegalArgumentException("it can never come up");
        }
    }

    @Override
    public List<Generation> samples(Prompt prompt, int count, GenerationOptions options, TokenListener listener) {
        throw new UnsupportedOperationException("the tests that step ask for one answer");
    }

    @Override
    public List<Generation> generateAll(List<Prompt> prompts, GenerationOptions options, TokenListener listener) {
        var ids = ((Prompt.Tokens) prompts.get(0)).ids();
        begun.add(new String(ids, 0, ids.length));
        var text = new StringBuilder();
        var tokens = new ArrayList<Integer>();
        var reason = FinishReason.LENGTH;
        while (tokens.size() < options.maxNewTokens() && reason == FinishReason.LENGTH) {
            awaitStep();
            tokens.add(tokens.size());
            text.append(piece);
            if (!listener.onToken(new GeneratedToken(0, tokens.size(), 0, piece))) {
                reason = FinishReason.CANCELLED;
            }
        }
        ended.add(reason);
        return List.of(new Generation(text.toString(), tokens, ids.length, reason, 0));
    }

    private void awaitStep() {
        try {
            if (!steps.tryAcquire(20, TimeUnit.SECONDS)) {
                throw new IllegalStateException("the test let no token be made");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public int vocabSize() {
        return Character.MAX_VALUE + 1;
    }

    @Override
    public OptionalInt positions() {
        return OptionalInt.empty();
    }
}
