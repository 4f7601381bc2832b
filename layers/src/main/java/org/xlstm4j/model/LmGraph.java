package org.xlstm4j.model;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.linear.Linear;

/**
 * A language model over whole sequences of one length, as a SameDiff graph. Variables carry the checkpoint's names;
 * the placeholders are {@value #IDS}, {@value #POSITIONS} and {@value #SEGMENTS}, each [batch, time] with any batch.
 */
public final class LmGraph {
    public static final String IDS = "ids";
    public static final String POSITIONS = "positions";
    public static final String SEGMENTS = "segments";

    private final SameDiff sd;
    private final int time;
    private final Decoder.Outputs outputs;
    private final SDVariable head;
    private final List<SDVariable> gates;
    private SDVariable logits;

    private LmGraph(SameDiff sd, int time, Decoder.Outputs outputs, SDVariable head, List<SDVariable> gates) {
        this.sd = sd;
        this.time = time;
        this.outputs = outputs;
        this.head = head;
        this.gates = List.copyOf(gates);
    }

    /**
     * The graph of {@code model} over {@code time} tokens.
     *
     * @param trainable which parameters are variables; the others are constants, without gradients
     */
    public static LmGraph of(CausalLm model, int time, Predicate<String> trainable) {
        return of(model, time, trainable, DataType.FLOAT);
    }

    /**
     * The same with activations of 16 bits, where fused operators are to be had: half the memory, and on a GPU several
     * times the speed. Parameters, their gradients, the mLSTM's memory and losses stay float32.
     *
     * @param activations FLOAT, BFLOAT16 or HALF
     * @throws IllegalArgumentException if they are to be of 16 bits and operators would be composed
     */
    public static LmGraph of(CausalLm model, int time, Predicate<String> trainable, DataType activations) {
        requireFused(activations);
        var sd = SameDiff.create();
        var inputs = Placeholders.in(sd, time);
        var parameters = new GraphParameters(sd, model, trainable);
        var mixer = new SequenceMixer(model.config(), parameters, time, inputs.segments(), false);
        var decoder = new Decoder(model.config(), parameters, inputs.positions(), activations);
        var outputs = decoder.run(inputs.ids().reshape(-1), mixer);
        return new LmGraph(sd, time, outputs, parameters.head(), mixer.gates());
    }

    static void requireFused(DataType activations) {
        if (activations != DataType.FLOAT && !Form.isFused("a model with activations of 16 bits", activations)) {
            throw new IllegalArgumentException("activations of type " + activations
                    + " need the fused operators, which this graph would not get; the log says why");
        }
    }

    /** The graph itself, to which losses may be added. */
    public SameDiff sameDiff() {
        return sd;
    }

    /** Length of the time axis. */
    public int time() {
        return time;
    }

    /** What the head reads, the final norm's output: [batch · time, hiddenSize]. */
    public SDVariable last() {
        return outputs.last();
    }

    /** The head's weight, [vocabSize, hiddenSize]: with {@link #last} what a loss needs that keeps no logits. */
    public SDVariable head() {
        return head;
    }

    /** The logits, [batch · time, vocabSize]. */
    public SDVariable logits() {
        if (logits == null) {
            logits = Linear.apply(last(), head);
        }
        return logits;
    }

    /** What enters each layer, and last the final norm's output: layers + 1 of [batch · time, hiddenSize]. */
    public List<SDVariable> hidden() {
        return outputs.hidden();
    }

    /**
     * What queries, keys, values and gates of each layer are read from, its input after the norm before it if it has
     * one: [batch · time, hiddenSize].
     */
    public List<SDVariable> normed() {
        return outputs.normed();
    }

    /** Each layer's mixer output before the output projection, [batch · time, heads · headDim]. */
    public List<SDVariable> mixed() {
        return outputs.mixed();
    }

    /** The student's share of the memory by layer, [batch, heads, time], 1 without a window; empty for a teacher. */
    public List<SDVariable> gates() {
        return gates;
    }

    /** The values of {@code wanted} for a batch. */
    public Map<String, INDArray> output(TokenBatch batch, List<SDVariable> wanted) {
        PlannedSession.use(sd);
        return sd.output(feed(batch), wanted.stream().map(SDVariable::name).toArray(String[]::new));
    }

    /** The placeholders' values for a batch, to which a loss's own may be added. */
    public static Map<String, INDArray> feed(TokenBatch batch) {
        long[] shape = {batch.batch(), batch.time()};
        var feed = new HashMap<String, INDArray>();
        feed.put(IDS, Nd4j.createFromArray(batch.ids()).reshape('c', shape));
        feed.put(POSITIONS, floats(batch.positions(), shape));
        feed.put(SEGMENTS, floats(batch.segments(), shape));
        return feed;
    }

    static INDArray floats(int[] values, long... shape) {
        var converted = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            converted[i] = values[i];
        }
        return Nd4j.createFromArray(converted).reshape('c', shape);
    }

    /** What every sequence graph is fed. */
    record Placeholders(SDVariable ids, SDVariable positions, SDVariable segments) {
        static Placeholders in(SameDiff sd, int time) {
            return new Placeholders(sd.placeHolder(IDS, DataType.INT32, -1, time),
                    sd.placeHolder(POSITIONS, DataType.FLOAT, -1, time),
                    sd.placeHolder(SEGMENTS, DataType.FLOAT, -1, time));
        }
    }
}
