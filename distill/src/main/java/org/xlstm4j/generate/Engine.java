package org.xlstm4j.generate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.Inference;

/** Has answers decoded, in one of its places, until they end, the thread is interrupted or this is closed. */
final class Engine implements AutoCloseable {
    private final Inferences inferences;
    private final String tokenizer;
    private volatile boolean closed;

    /** @param tokenizer the fingerprint of the tokenizer, for states */
    Engine(CausalLm model, String tokenizer, int places) {
        this.inferences = new Inferences(model, places);
        this.tokenizer = tokenizer;
    }

    boolean isClosed() {
        return closed;
    }

    /** Makes an answer to each of several prompts. */
    void complete(List<Prepared> prompts, List<Answer> answers, GenerationOptions options, TokenListener listener) {
        for (var rows : Prepared.batches(prompts)) {
            var batch = rows.stream().map(prompts::get).toList();
            lend(inference -> complete(new Run(inference, batch, rows.stream().map(answers::get).toList(), options),
                    listener));
        }
    }

    /** Makes several answers to one prompt, which is read once. */
    void completeSamples(Prepared prompt, List<Answer> answers, GenerationOptions options, TokenListener listener) {
        lend(inference -> {
            var read = Prepared.after(state(inference, prompt), new int[0]);
            for (var rows : Prepared.batches(Collections.nCopies(answers.size(), read))) {
                complete(new Run(inference, Collections.nCopies(rows.size(), read),
                        rows.stream().map(answers::get).toList(), options), listener);
            }
        });
    }

    /**
     * Makes an answer, and keeps where the model stood.
     *
     * @return after the answer and before it; nothing if the thread was interrupted before it had a place
     */
    List<PromptState> completeAndKeep(Prepared prompt, Answer answer, GenerationOptions options,
                                      TokenListener listener) {
        var states = new ArrayList<PromptState>();
        lend(inference -> {
            var before = state(inference, prompt);
            var read = Prepared.after(before, new int[0]);
            try (var run = new Run(inference, List.of(read), List.of(answer), options)) {
                advance(run, listener);
                var tokens = answer.tokens().stream().limit(run.reads()).mapToInt(Integer::intValue);
                states.add(new PromptState(run.decoding().snapshot(),
                        IntStream.concat(IntStream.of(prompt.tokens()), tokens).toArray(), tokenizer));
            }
            states.add(before);
        });
        return List.copyOf(states);
    }

    /** An answer's text as it comes; the work is done by the thread that takes it. */
    Stream<String> stream(Prepared prompt, Answer answer, GenerationOptions options) {
        var pieces = new Pieces(inferences, this::isCancelled, prompt, answer, options);
        return StreamSupport.stream(pieces, false).onClose(pieces::close);
    }

    /** Reads a prompt; nothing comes of it if the thread is interrupted before it has a place. */
    Optional<PromptState> read(Prepared prompt) {
        var states = new ArrayList<PromptState>();
        lend(inference -> states.add(state(inference, prompt)));
        return states.stream().findFirst();
    }

    private PromptState state(Inference inference, Prepared prompt) {
        return new PromptState(prompt.read(inference), prompt.tokens(), tokenizer);
    }

    private void complete(Run run, TokenListener listener) {
        try (run) {
            advance(run, listener);
        }
    }

    private void advance(Run run, TokenListener listener) {
        while (!isCancelled() && run.step(listener)) {
            // Each step tells the listener.
        }
    }

    /** Works in one of the places; not at all if the thread is interrupted while it waits for it. */
    private void lend(Consumer<Inference> work) {
        try (var lent = inferences.lend()) {
            if (!isCancelled()) {
                work.accept(lent.inference());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isCancelled() {
        return closed || Thread.currentThread().isInterrupted();
    }

    @Override
    public void close() {
        closed = true;
    }
}
