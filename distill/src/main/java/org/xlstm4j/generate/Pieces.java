package org.xlstm4j.generate;

import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The pieces of one answer's text, made as they are taken, in the thread that takes them. */
final class Pieces extends Spliterators.AbstractSpliterator<String> implements AutoCloseable {
    private final Inferences inferences;
    private final BooleanSupplier cancelled;
    private final Prepared prompt;
    private final Answer answer;
    private final GenerationOptions options;
    private Inferences.Lent lent;
    private Run run;
    private boolean ended;
    private String piece = "";

    Pieces(Inferences inferences, BooleanSupplier cancelled, Prepared prompt, Answer answer,
           GenerationOptions options) {
        super(Long.MAX_VALUE, ORDERED | NONNULL);
        this.inferences = inferences;
        this.cancelled = cancelled;
        this.prompt = prompt;
        this.answer = answer;
        this.options = options;
    }

    /** None: even in a parallel stream all work is one thread's. */
    @Override
    public Spliterator<String> trySplit() {
        return null;
    }

    @Override
    public boolean tryAdvance(Consumer<? super String> action) {
        piece = "";
        while (piece.isEmpty() && !ended) {
            step();
        }
        if (piece.isEmpty()) {
            return false;
        }
        action.accept(piece);
        return true;
    }

    private void step() {
        boolean more = false;
        try {
            if (run == null) {
                lent = inferences.lend();
                run = new Run(lent.inference(), List.of(prompt), List.of(answer), options);
            }
            more = !cancelled.getAsBoolean() && run.step(token -> {
                piece = token.text();
                return true;
            });
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            if (!more) {
                close();
            }
        }
    }

    @Override
    public void close() {
        ended = true;
        if (run != null) {
            run.close();
            run = null;
        }
        if (lent != null) {
            lent.close();
            lent = null;
        }
    }
}
