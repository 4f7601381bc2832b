package org.xlstm4j.model;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What decoding a batch goes on from, for good: made by {@link Decoding#snapshot}, used by {@link Inference#resume} as
 * often as wanted, saved and loaded. A long prompt is read once, whatever is asked after it. A student's is of one size
 * once its window is full; a teacher's has a key and a value a token and layer. Immutable, so for any threads.
 */
public final class DecodingState {
    private final CausalLm model;
    private final DecodeStep step;

    private DecodingState(CausalLm model, DecodeStep step) {
        this.model = model;
        this.step = step;
    }

    /** A copy of where decoding stands: caches have no more slots than are in use. */
    static DecodingState of(CausalLm model, DecodeStep step) {
        var state = step.state();
        return new DecodingState(model, new DecodeStep(step.logits().dup('c'),
                state.withSlots(model.config(), DecodeState.usedSlots(model.config(), state.lengths()))));
    }

    /** The architecture of the model that it was made with. */
    public ModelConfig config() {
        return model.config();
    }

    /** The number of sequences. */
    public int batch() {
        return step.state().lengths().length;
    }

    /** Tokens read so far, a row each. */
    public int[] lengths() {
        return step.state().lengths().clone();
    }

    /** The logits of the next token, [batch, vocabSize]: a copy. */
    public INDArray logits() {
        return step.logits().dup('c');
    }

    /** The size of all arrays. */
    public long bytes() {
        return Float.BYTES * (step.logits().length()
                + step.state().arrays().values().stream().mapToLong(INDArray::length).sum());
    }

    /**
     * Some of the sequences, in the given order; one that is given several times can go on in as many ways.
     *
     * @throws IllegalArgumentException if there is none, or no such row
     */
    public DecodingState rows(int... rows) {
        if (rows.length == 0) {
            throw new IllegalArgumentException("a state has at least one row: none was chosen");
        }
        for (int row : rows) {
            if (row < 0 || row >= batch()) {
                throw new IllegalArgumentException("row " + row + " is none of the state's " + batch());
            }
        }
        return of(model, new DecodeStep(DecodeState.rows(step.logits(), rows), step.state().rows(rows)));
    }

    /**
     * The sequences of several states of one model, in order, as one batch.
     *
     * @throws IllegalArgumentException if there is none, or they are of several models
     */
    public static DecodingState join(List<DecodingState> states) {
        if (states.isEmpty()) {
            throw new IllegalArgumentException("a state has at least one row: none was given");
        }
        var model = states.get(0).model;
        if (states.stream().anyMatch(state -> !state.config().equals(model.config()))) {
            throw new IllegalArgumentException("states of several models cannot be joined");
        }
        var joined = DecodeState.join(model.config(), states.stream().map(state -> state.step.state()).toList());
        var logits = states.stream().map(state -> state.step.logits()).toArray(INDArray[]::new);
        return new DecodingState(model, new DecodeStep(Nd4j.concat(0, logits), joined));
    }

    /** Writes a file, whole or not at all. */
    public void write(Path file) throws IOException {
        StateFile.write(file, model, step);
    }

    /**
     * The state in a file.
     *
     * @throws DecodingStateException if it is no such file, is damaged, or was written for another model
     */
    public static DecodingState read(Path file, CausalLm model) throws IOException {
        return new DecodingState(model, StateFile.read(file, model));
    }

    /** What was read, not to be changed. */
    DecodeStep step() {
        return step;
    }

    @Override
    public String toString() {
        return "DecodingState" + Arrays.toString(lengths());
    }
}
