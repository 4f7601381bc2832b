package org.xlstm4j.layers;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.BaseRecurrentLayer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.memory.LayerMemoryReport;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.shade.jackson.annotation.JsonIgnore;
import org.nd4j.shade.jackson.annotation.JsonSetter;

/**
 * A recurrent DL4J layer whose graph is written in SameDiff, with exact gradients and a state that DL4J carries as it
 * carries that of its own LSTM; extend it for recurrent layers of your own.
 *
 * <p>A subclass names its parameters ({@link #defineParameters}) and the arrays of its state ({@link #stateArrays}),
 * and defines a graph that goes from input, parameters and state to activations and the next state
 * ({@link #defineLayer}). It has a no-argument constructor and a getter and setter for each of its settings. Then
 * {@code rnnTimeStep}, {@code rnnClearPreviousState}, {@code rnnGetPreviousState} and truncated back-propagation, which
 * takes the state that a piece starts with as a constant, work, and so do Bidirectional, LastTimeStep and MaskZeroLayer,
 * dropout of the input, weight noise, constraints, and updaters and regularization of weights and biases.
 *
 * <p>Input and output are [minibatch, features, time], or [minibatch, time, features] in the format NWC; graphs see the
 * former always. There is no activation function but the graph's own.
 */
public abstract class RecurrentSameDiffLayer extends BaseRecurrentLayer {
    private Map<String, IWeightInit> paramWeightInit;

    protected RecurrentSameDiffLayer(Builder<?> builder) {
        super(builder);
        paramWeightInit = builder.paramWeightInit;
        activationFn = new ActivationIdentity();
    }

    /** For Jackson. */
    protected RecurrentSameDiffLayer() {
        rnnDataFormat = RNNFormat.NCW;
        activationFn = new ActivationIdentity();
    }

    /** Adds the layer's parameters, in the order in which they lie in the net's. */
    public abstract void defineParameters(SDLayerParams params);

    /** The arrays of the state; a name may not be that of a parameter. */
    public abstract List<StateArray> stateArrays();

    /**
     * The graph of a sequence, or a piece of one, that goes on from a state.
     *
     * @param input      [minibatch, nIn, time]; the time length is that of the shape
     * @param parameters by the names of {@link #defineParameters}
     * @param mask       1 where a step is present, 0 where not, [minibatch, time]; a step that is not should leave the
     *                   state alone and come out as zeros
     * @param state      before the first step, by the names of {@link #stateArrays}
     */
    public abstract SequenceOutput defineLayer(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask, Map<String, SDVariable> state);

    /**
     * The graph of a whole sequence, [minibatch, nOut, time]: that of {@link #defineLayer} from the state's start.
     * Override it where a sequence that starts anew is cheaper.
     */
    public SDVariable defineSequence(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask) {
        var state = new HashMap<String, SDVariable>();
        for (StateArray array : stateArrays()) {
            var ones = new long[array.shape().length + 1];
            Arrays.fill(ones, 1);
            ones[0] = -1;
            var examples = mask.sum(false, 1).mul(0.0).reshape(ones);
            state.put(array.name(), examples.add(sameDiff.constant(array.startFor(1, mask.dataType()))));
        }
        return defineLayer(sameDiff, input, parameters, mask, state).activations();
    }

    /** Refuses input that the layer cannot read; [minibatch, features, time]. */
    public void validateInput(INDArray input) {
        if (input.rank() != 3 || input.size(1) != nIn) {
            throw new IllegalArgumentException(this + " needs input [minibatch, " + nIn + ", time], was "
                    + Arrays.toString(input.shape()));
        }
    }

    /**
     * Refuses masks that the layer cannot work under.
     *
     * @param mask  [minibatch, time], or null
     * @param state before the first step; empty where the sequence starts anew
     */
    public void validateMask(INDArray mask, Map<String, INDArray> state) {}

    /** Sets all parameters to where they start. */
    final void initializeParameters(Map<String, INDArray> params) {
        StartValues.set(paramWeightInit, params, this::initialize);
    }

    /**
     * Sets a parameter that has no initialisation of its own to where it starts: a weight, [out, in], as the layer's
     * weight initialisation says, a bias to the layer's {@code biasInit}, 0 where not set.
     */
    protected void initialize(String name, INDArray parameter) {
        if (getLayerParams().isBiasParam(name)) {
            parameter.assign(Double.isNaN(biasInit) ? 0 : biasInit);
        } else {
            StartValues.weight(weightInitFn, parameter);
        }
    }

    /** The shapes of the parameters. */
    @JsonIgnore
    public final SDLayerParams getLayerParams() {
        var params = new SDLayerParams();
        defineParameters(params);
        return params;
    }

    @Override
    public ParamInitializer initializer() {
        return GraphParameters.INSTANCE;
    }

    @Override
    public boolean isPretrainParam(String paramName) {
        return false;
    }

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> trainingListeners,
            int layerIndex, INDArray layerParamsView, boolean initializeParams, DataType networkDataType) {
        if (nIn <= 0) {
            throw new IllegalStateException(
                    this + " does not know its input size: set nIn, or the net's input type");
        }
        var layer = new GraphRecurrentLayer(conf, networkDataType);
        layer.setListeners(trainingListeners);
        layer.setIndex(layerIndex);
        layer.setParamsViewArray(layerParamsView);
        layer.setParamTable(initializer().init(conf, layerParamsView, initializeParams));
        layer.setConf(conf);
        return layer;
    }

    @Override
    public void setNIn(InputType inputType, boolean override) {
        requireRecurrent(inputType);
        super.setNIn(inputType, override);
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        requireRecurrent(inputType);
        return super.getOutputType(layerIndex, inputType);
    }

    private void requireRecurrent(InputType inputType) {
        if (!(inputType instanceof InputType.InputTypeRecurrent)) {
            throw new IllegalStateException(
                    this + " needs recurrent input [minibatch, features, time], was " + inputType);
        }
    }

    /** Parameters, their updater's state, and the activations; the graph's own work is not counted. */
    @Override
    public LayerMemoryReport getMemoryReport(InputType inputType) {
        var output = getOutputType(-1, inputType);
        long parameters = initializer().numParams(this);
        long updater = getIUpdater() == null ? 0 : getIUpdater().stateSize(parameters);
        return new LayerMemoryReport.Builder(layerName, getClass(), inputType, output)
                .standardMemory(parameters, updater)
                .workingMemory(0, 0, 0, inputType.arrayElementsPerExample() + output.arrayElementsPerExample())
                .cacheMemory(0, 0)
                .build();
    }

    /** Initialisations of single parameters, by name; null where there is none. */
    public Map<String, IWeightInit> getParamWeightInit() {
        return paramWeightInit;
    }

    public void setParamWeightInit(Map<String, IWeightInit> paramWeightInit) {
        this.paramWeightInit = paramWeightInit;
    }

    /** What a configuration of a DL4J SameDiffLayer calls the updater; for nets saved as such. */
    @JsonSetter("updater")
    void setSavedUpdater(IUpdater updater) {
        setIUpdater(updater);
    }

    /** What a configuration of a DL4J SameDiffLayer calls the weight initialisation; for nets saved as such. */
    @JsonSetter("weightInit")
    void setSavedWeightInit(WeightInit weightInit) {
        if (weightInit != null) {
            setWeightInitFn(weightInit.getWeightInitFunction());
        }
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof RecurrentSameDiffLayer layer
                && Objects.equals(paramWeightInit, layer.paramWeightInit);
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + Objects.hashCode(paramWeightInit);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + (getLayerName() == null ? "" : " \"" + getLayerName() + "\"");
    }

    /** Settings that all recurrent SameDiff layers share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends BaseRecurrentLayer.Builder<T> {
        private Map<String, IWeightInit> paramWeightInit;

        /** How one parameter starts, whatever holds for the others. */
        public T weightInit(String parameter, IWeightInit init) {
            if (paramWeightInit == null) {
                paramWeightInit = new HashMap<>();
            }
            paramWeightInit.put(Objects.requireNonNull(parameter, "parameter"), Objects.requireNonNull(init, "init"));
            return (T) this;
        }
    }
}
