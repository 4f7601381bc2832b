package org.xlstm4j.model;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * A batch of sequences in decoding, token by token, from {@link Inference#begin} on. For one thread; to be closed.
 */
public abstract sealed class Decoding implements AutoCloseable permits Decoding.Fixed, Decoding.BySession {
    private final CausalLm model;
    private final int capacity;
    private INDArray logits;

    /** @param capacity the most tokens that a sequence may have read */
    private Decoding(CausalLm model, int capacity, INDArray logits) {
        this.model = model;
        this.capacity = capacity;
        this.logits = logits;
    }

    /** The logits of the next token, [batch, vocabSize]: an array that {@link #read} may write to. */
    public final INDArray logits() {
        return logits;
    }

    /**
     * Reads one token a row, after which {@link #logits} are those of the token after it.
     *
     * @throws IllegalArgumentException if there is not one token a row, or one is not in the vocabulary
     * @throws IllegalStateException    if a teacher's cache has no room for it: fewer tokens were announced
     */
    public final void read(int[] tokens) {
        var lengths = lengths();
        if (tokens.length != lengths.length) {
            throw new IllegalArgumentException(
                    "there are " + tokens.length + " tokens to read for " + lengths.length + " sequences");
        }
        for (int row = 0; row < tokens.length; row++) {
            if (tokens[row] < 0 || tokens[row] >= model.config().vocabSize()) {
                throw new IllegalArgumentException("token id " + tokens[row] + " lies outside the vocabulary of "
                        + model.config().vocabSize());
            }
            if (lengths[row] >= capacity) {
                throw new IllegalStateException("the cache has room for " + capacity + " tokens, and all are read:"
                        + " announce more with begin, or resume from a snapshot with more");
            }
        }
        logits = next(tokens);
    }

    /**
     * Where the sequences stand, to go on from with {@link Inference#resume}, after this decoding has gone on or has been
     * closed, too.
     */
    public final DecodingState snapshot() {
        return DecodingState.of(model, new DecodeStep(logits, state()));
    }

    abstract INDArray next(int[] tokens);

    /** Tokens read so far, a row each; not to be changed. */
    abstract int[] lengths();

    /** Where the sequences stand, in arrays that {@link #next} may write to. */
    abstract DecodeState state();

    @Override
    public abstract void close();

    /** Over arrays that are made once and changed in place. */
    static final class Fixed extends Decoding {
        private final StepGraph.FixedStep step;
        private final DecodeState start;
        private final int[] lengths;
        private boolean isAtStart = true;

        /** @param start what was read so far; its state's arrays are changed, and freed in the end */
        Fixed(CausalLm model, int capacity, StepGraph.FixedStep step, DecodeStep start) {
            super(model, capacity, start.logits());
            this.step = step;
            this.start = start.state();
            this.lengths = this.start.lengths().clone();
        }

        @Override
        INDArray next(int[] tokens) {
            for (int row = 0; row < tokens.length; row++) {
                step.ids().putScalar(row, tokens[row]);
                step.positions().putScalar(row, lengths[row]++);
            }
            step.run().run();
            isAtStart = false;
            return step.run().output(step.logits());
        }

        @Override
        int[] lengths() {
            return lengths;
        }

        @Override
        DecodeState state() {
            if (isAtStart) {
                return start;
            }
            return new DecodeState(step.states().after(step.run()::output), lengths);
        }

        @Override
        public void close() {
            step.run().close();
            step.run().free(step.logits());
            if (JavaOp.isOnCpu()) {
                start.arrays().values().forEach(INDArray::close);
            }
        }
    }

    /** By a session, with new arrays at every step: for graphs of stock ops. */
    static final class BySession extends Decoding {
        private final StepGraph graph;
        private DecodeState state;

        BySession(CausalLm model, int capacity, StepGraph graph, DecodeStep start) {
            super(model, capacity, start.logits());
            this.graph = graph;
            this.state = start.state();
        }

        @Override
        INDArray next(int[] tokens) {
            var step = graph.run(tokens, state);
            state = step.state();
            return step.logits();
        }

        @Override
        int[] lengths() {
            return state.lengths();
        }

        @Override
        DecodeState state() {
            return state;
        }

        @Override
        public void close() {
            state = null;
        }
    }
}
