package org.xlstm4j.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A batch of sequences in decoding, token by token, from {@link Inference#begin} on. For one thread; to be closed.
 */
public abstract sealed class Decoding implements AutoCloseable permits Decoding.Fixed, Decoding.BySession {
    private INDArray logits;

    private Decoding(INDArray logits) {
        this.logits = logits;
    }

    /** The logits of the next token, [batch, vocabSize]: an array that {@link #read} may write to. */
    public final INDArray logits() {
        return logits;
    }

    /** Reads one token a row, after which {@link #logits} are those of the token after it. */
    public final void read(int[] tokens) {
        logits = next(tokens);
    }

    abstract INDArray next(int[] tokens);

    @Override
    public abstract void close();

    /** Over arrays that are made once and changed in place. */
    static final class Fixed extends Decoding {
        private final StepGraph.FixedStep step;
        private final int[] lengths;

        /** @param start what was read so far; its state's arrays are changed */
        Fixed(StepGraph.FixedStep step, DecodeStep start) {
            super(start.logits());
            this.step = step;
            this.lengths = start.state().lengths().clone();
        }

        @Override
        INDArray next(int[] tokens) {
            for (int row = 0; row < tokens.length; row++) {
                step.ids().putScalar(row, tokens[row]);
                step.positions().putScalar(row, lengths[row]++);
            }
            step.run().run();
            return step.run().output(step.logits());
        }

        @Override
        public void close() {
            step.run().close();
        }
    }

    /** By a session, with new arrays at every step: for graphs of stock ops. */
    static final class BySession extends Decoding {
        private final StepGraph graph;
        private DecodeState state;

        BySession(StepGraph graph, DecodeStep start) {
            super(start.logits());
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
        public void close() {
            state = null;
        }
    }
}
