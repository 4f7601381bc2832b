package org.xlstm4j.layers;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.InputTypeUtil;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
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
public abstract class MultiHeadLayer extends ExactSameDiffLayer {
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

    private long nIn;
    private long nOut;
    private int nHeads;
    private int headSize;
    private boolean outputProjection;
    private Biases biases;

    protected MultiHeadLayer(Builder<?> builder) {
        super(builder);
        nIn = builder.nIn;
        nOut = Settings.atLeast("nOut", builder.nOut, 1);
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

    /**
     * What the heads make of the sequence.
     *
     * @param heads      the layer's heads, on sequences of this length
     * @param x          the layer's input, [minibatch · time, nIn]
     * @param query      [minibatch · time, nHeads · headSize]
     * @param key        [minibatch · time, nHeads · headSize], or less where heads share keys and values
     * @param value      as wide as keys
     * @param parameters by name
     * @param mask       1 where a step is present, 0 where not, [minibatch, time]
     * @return [minibatch · time, nHeads · headSize]
     */
    abstract SDVariable mix(Heads heads, SDVariable x, SDVariable query, SDVariable key, SDVariable value,
            Map<String, SDVariable> parameters, SDVariable mask);

    /** All settings, for equality. */
    abstract List<Object> settings();

    @Override
    public final SDVariable defineLayer(SameDiff sameDiff, SDVariable layerInput, Map<String, SDVariable> parameters,
            SDVariable mask) {
        int time = (int) layerInput.getShape()[2];
        var heads = new Heads(nHeads, time, headSize);
        var x = layerInput.permute(0, 2, 1).reshape(-1, nIn);
        var projected = Linear.apply(x, Stream.of(QUERY, KEY, VALUE).map(parameters::get).toList(),
                biases == Biases.NONE ? List.of()
                        : Stream.of(QUERY_BIAS, KEY_BIAS, VALUE_BIAS).map(parameters::get).toList());
        var mixed = mix(heads, x, projected.get(0), projected.get(1), projected.get(2), parameters, mask);
        var rows = outputProjection ? Linear.apply(mixed, List.of(parameters.get(OUTPUT)),
                biases == Biases.ALL ? List.of(parameters.get(OUTPUT_BIAS)) : List.of()).get(0) : mixed;
        return rows.reshape(-1, time, nOut).permute(0, 2, 1).mul(mask.reshape(-1, 1, time));
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.clear();
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
    public final void initializeParameters(Map<String, INDArray> params) {
        StartValues.set(this, params, this::initialize);
    }

    /** Sets a parameter that has no initialisation of its own to where it starts. */
    void initialize(String name, INDArray parameter) {
        if (getLayerParams().isBiasParam(name)) {
            parameter.assign(0);
        } else {
            StartValues.weight(this, parameter);
        }
    }

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> trainingListeners,
            int layerIndex, INDArray layerParamsView, boolean initializeParams, DataType networkDataType) {
        if (nIn <= 0) {
            throw new IllegalStateException(
                    this + " does not know its input size: set nIn, or the net's input type");
        }
        return super.instantiate(conf, trainingListeners, layerIndex, layerParamsView, initializeParams,
                networkDataType);
    }

    @Override
    public void validateInput(INDArray input) {
        if (input.rank() != 3 || input.size(1) != nIn) {
            throw new IllegalArgumentException(this + " needs input [minibatch, " + nIn + ", time], was "
                    + Arrays.toString(input.shape()));
        }
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray maskArray, MaskState currentMaskState,
            int minibatchSize) {
        if (maskArray != null && !bridgesGaps()) {
            Masks.requireContiguous(this, maskArray);
        }
        return super.feedForwardMaskArray(maskArray, currentMaskState, minibatchSize);
    }

    /** Whether masks may leave out steps between others; if not, what lies beyond them would be another document. */
    boolean bridgesGaps() {
        return false;
    }

    @Override
    public void setNIn(InputType inputType, boolean override) {
        if (nIn <= 0 || override) {
            nIn = recurrent(inputType).getSize();
            setLayerParams(null);
        }
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        return InputType.recurrent(nOut, recurrent(inputType).getTimeSeriesLength());
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
        return InputTypeUtil.getPreprocessorForInputTypeRnnLayers(inputType, RNNFormat.NCW, getLayerName());
    }

    private InputType.InputTypeRecurrent recurrent(InputType inputType) {
        if (inputType instanceof InputType.InputTypeRecurrent recurrent && recurrent.getFormat() == RNNFormat.NCW) {
            return recurrent;
        }
        throw new IllegalStateException(this + " needs recurrent input [minibatch, features, time], was " + inputType);
    }

    public long getNIn() {
        return nIn;
    }

    public void setNIn(long nIn) {
        this.nIn = nIn;
    }

    public long getNOut() {
        return nOut;
    }

    public void setNOut(long nOut) {
        this.nOut = nOut;
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
        return List.of(nIn, nOut, nHeads, headSize, outputProjection, biases);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + (getLayerName() == null ? "" : " \"" + getLayerName() + "\"");
    }

    /** Settings that all layers with heads share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends ExactSameDiffLayer.Builder<T> {
        private long nIn;
        private long nOut;
        private int nHeads = 1;
        private int headSize;
        private boolean outputProjection = true;
        private Biases biases = Biases.NONE;

        /** Features of the input; inferred where the net is given an input type. */
        public T nIn(long features) {
            nIn = features;
            return (T) this;
        }

        /** Features of the output. */
        public T nOut(long features) {
            nOut = features;
            return (T) this;
        }

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
