package org.xlstm4j.distill.targets;

import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.TokenBatch;

/** A teacher's logits, some tokens at a time. */
final class TeacherPass {
    private final HeadLogits logits;

    TeacherPass(CausalLm teacher, int time) {
        this.logits = new HeadLogits(teacher, time);
    }

    /** The most logits that come at a time of a batch of so many tokens. */
    int partElements(int tokens) {
        return logits.partElements(tokens);
    }

    /**
     * Gives an array to fill, of at least as many elements as {@link #partElements} says.
     *
     * @param <E> what may keep it from that
     */
    @FunctionalInterface
    interface Room<E extends Exception> {
        float[] take() throws E;
    }

    /** Takes the logits of {@code count} tokens of the batch from {@code from} on. */
    @FunctionalInterface
    interface Part {
        void accept(int from, int count, float[] logits);
    }

    /** Runs the teacher over a batch, and its head part by part. */
    <E extends Exception> void run(TokenBatch batch, Room<E> rooms, Part part) throws E {
        var parts = logits.of(batch);
        int tokens = batch.batch() * batch.time();
        int step = logits.partTokens(tokens);
        for (int from = 0; from < tokens; from += step) {
            int count = Math.min(step, tokens - from);
            var room = rooms.take();
            parts.read(from, count, room);
            part.accept(from, count, room);
        }
    }
}
