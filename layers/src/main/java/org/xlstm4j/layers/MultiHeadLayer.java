package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.linear.Linear;

/**
 * A layer that mixes time steps in heads, each with its own query, key and value: from [minibatch, nIn, time] to
 * [minibatch, nOut, time].
 *
 * <p>Parameters: {@code Wq}, {@code Wk}, {@code Wv}, [nHeads · headSize, nIn], and the output projection {@code Wo},
 * [nOut, nHeads · headSize], which can be left out; with biases {@code bq}, {@code bk}, {@code bv}, one a row of their
 * weight, and {@code bo}, [nOut]. Weights start as the layer's weight initialisation says, biases
 * at 0, where a layer does not say otherwise; {@code weightInit(name, …)} of the builder sets a parameter's own.
 *
 * <p>A masked step is neither read by others nor remembered, and comes out as zeros.
 */
public abstract class MultiHeadLayer extends RecurrentSameDiffLayer {
    /** Query projection, [nHeads · headSize, nIn]. */
    public static final String QUERY = "Wq";
    /** Key projection, [nHeads · headSize, nIn]; fewer rows where heads share keys and values. */
    public static final String KEY = "Wk";
    /** Value projection, of the key projection's shape. */
    public static final String VALUE = "Wv";
    /** Output projection, [nOut, nHeads · headSize]. */
    public static final String OUTPUT = "Wo";
    /** Query projection's bias, [nHeads · headSize]. */
    public static final String QUERY_BIAS = "bq";
    /** Key projection's bias, one a row of its weight. */
    public static final String KEY_BIAS = "bk";
    /** Value projection's bias, one a row of its weight. */
    public static final String VALUE_BIAS = "bv";
    /** Output projection's bias, [nOut]. */
    public static final String OUTPUT_BIAS = "bo";

    private int nHeads;
    private int headSize;
    private boolean outputProjection;
    private Biases biases;

    protected MultiHeadLayer(Builder<?> builder) {
        super(builder);
        Settings.atLeast("nOut", nOut, 1);
        nHeads = Settings.atLeast("nHeads", builder.nHeads, 1);
        headSize = builder.headSize == 0 ? Settings.headSize(nOut, nHeads)
                : Settings.atLeast("headSize", builder.headSize, 1);
        outputProjection = builder.outputProjection;
        biases = Objects.requireNonNull(builder.biases, "biases");
        if (!outputProjection && (long) nHeads * headSize != nOut) {
            throw new IllegalArgumentException("without an output projection nOut (" + nOut
                    + ") must be nHeads (" + nHeads + ") times headSize (" + headSize + ")");
        }
    }

    /** For Jackson. */
    protected MultiHeadLayer() {}

    /** What the heads make of a whole sequence, [minibatch · time, nHeads · headSize]. */
    abstract SDVariable mix(HeadSequence sequence);

    /** What they make of a sequence that goes on from a state, as rows, and the state after it. */
    abstract SequenceOutput mix(HeadSequence sequence, Map<String, SDVariable> state);

    /** All settings, for equality. */
    abstract List<Object> settings();

    @Override
    public final SDVariable defineSequence(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask) {
        var sequence = project(input, parameters, mask);
        return output(sequence, mix(sequence));
    }

    @Override
    public final SequenceOutput defineLayer(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask, Map<String, SDVariable> state) {
        var sequence = project(input, parameters, mask);
        var mixed = mix(sequence, state);
        return new SequenceOutput(output(sequence, mixed.activations()), mixed.state());
    }

    private HeadSequence project(SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        var heads = new Heads(nHeads, (int) input.getShape()[2], headSize);
        var x = input.permute(0, 2, 1).reshape(-1, nIn);
        var projected = Linear.apply(x, Stream.of(QUERY, KEY, VALUE).map(parameters::get).toList(),
                biases == Biases.NONE ? List.of()
                        : Stream.of(QUERY_BIAS, KEY_BIAS, VALUE_BIAS).map(parameters::get).toList());
        return new HeadSequence(heads, x, projected.get(0), projected.get(1), projected.get(2), parameters, mask);
    }

    private SDVariable output(HeadSequence sequence, SDVariable mixed) {
        int time = sequence.heads().time();
        var rows = outputProjection ? Linear.apply(mixed, List.of(sequence.parameter(OUTPUT)),
                biases == Biases.ALL ? List.of(sequence.parameter(OUTPUT_BIAS)) : List.of()).get(0) : mixed;
        return rows.reshape(-1, time, nOut).permute(0, 2, 1).mul(sequence.mask().reshape(-1, 1, time));
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.addWeightParam(QUERY, innerWidth(), nIn);
        params.addWeightParam(KEY, keyValueWidth(), nIn);
        params.addWeightParam(VALUE, keyValueWidth(), nIn);
        if (outputProjection) {
            params.addWeightParam(OUTPUT, nOut, innerWidth());
        }
        if (biases != Biases.NONE) {
            params.addBiasParam(QUERY_BIAS, innerWidth());
            params.addBiasParam(KEY_BIAS, keyValueWidth());
            params.addBiasParam(VALUE_BIAS, keyValueWidth());
        }
        if (outputProjection && biases == Biases.ALL) {
            params.addBiasParam(OUTPUT_BIAS, nOut);
        }
    }

    /** Width of all heads together. */
    final long innerWidth() {
        return (long) nHeads * headSize;
    }

    /** Width of keys, and of values. */
    long keyValueWidth() {
        return innerWidth();
    }

    @Override
    public void validateMask(INDArray mask, Map<String, INDArray> state) {
        if (mask != null && !bridgesGaps()) {
            var before = KeyValueHistory.present(state);
            Masks.requireContiguous(this, before == null ? mask
                    : Nd4j.concat(1, before, mask.castTo(before.dataType())));
        }
    }

    /** Whether masks may leave out steps between others; if not, what lies beyond them would be another document. */
    boolean bridgesGaps() {
        return false;
    }

    public int getNHeads() {
        return nHeads;
    }

    public void setNHeads(int nHeads) {
        this.nHeads = nHeads;
    }

    public int getHeadSize() {
        return headSize;
    }

    public void setHeadSize(int headSize) {
        this.headSize = headSize;
    }

    public boolean isOutputProjection() {
        return outputProjection;
    }

    public void setOutputProjection(boolean outputProjection) {
        this.outputProjection = outputProjection;
    }

    public Biases getBiases() {
        return biases;
    }

    public void setBiases(Biases biases) {
        this.biases = biases;
    }

    @Override
    public final boolean equals(Object other) {
        return super.equals(other) && other instanceof MultiHeadLayer layer && getClass() == layer.getClass()
                && shape().equals(layer.shape()) && settings().equals(layer.settings());
    }

    @Override
    public final int hashCode() {
        return 31 * super.hashCode() + 31 * shape().hashCode() + settings().hashCode();
    }

    private List<Object> shape() {
        return List.of(nHeads, headSize, outputProjection, biases);
    }

    /** Settings that all layers with heads share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends RecurrentSameDiffLayer.Builder<T> {
        private int nHeads = 1;
        private int headSize;
        private boolean outputProjection = true;
        private Biases biases = Biases.NONE;

        /** Heads; 1 where not set. */
        public T nHeads(int heads) {
            nHeads = heads;
            return (T) this;
        }

        /** Width of a head; nOut / nHeads where not set. */
        public T headSize(int width) {
            headSize = width;
            return (T) this;
        }

        /** Whether the heads' outputs are projected to nOut; if not, nOut is nHeads · headSize. True where not set. */
        public T outputProjection(boolean projected) {
            outputProjection = projected;
            return (T) this;
        }

        /** Which projections have biases; none where not set. */
        public T biases(Biases projections) {
            biases = projections;
            return (T) this;
        }
    }
}
