package org.xlstm4j.generate;

import java.util.List;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/** The pieces of one answer, made as they are taken. */
final class Pieces extends Spliterators.AbstractSpliterator<String> {
    private final Inferences inferences;
    private final BooleanSupplier cancelled;
    private final int[] prompt;
    private final Answer answer;
    private final GenerationOptions options;
    private Inferences.Lent lent;
    private Run run;
    private boolean ended;
    private String piece = "";

    Pieces(Inferences inferences, BooleanSupplier cancelled, int[] prompt, Answer answer,
           GenerationOptions options) {
        super(Long.MAX_VALUE, ORDERED | NONNULL);
        this.inferences = inferences;
        this.cancelled = cancelled;
        this.prompt = prompt;
        this.answer = answer;
        this.options = options;
    }

    /** All work is one thread's, even in a parallel stream. */
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
                run = new Run(lent.inference().begin(List.of(prompt), options.maxNewTokens()), List.of(answer),
                        options);
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

    void close() {
        ended = true;
        if (run != null) {
            run.close();
        }
        if (lent != null) {
            lent.close();
        }
    }
}
