package org.xlstm4j.layers;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.InputPreProcessor;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutional;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeConvolutionalFlat;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeFeedForward;
import org.deeplearning4j.nn.conf.inputs.InputType.InputTypeRecurrent;
import org.deeplearning4j.nn.conf.preprocessor.CnnToFeedForwardPreProcessor;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A layer that treats every example, or every step of a sequence, by itself: from [minibatch, nIn] to
 * [minibatch, nOut], or from [minibatch, nIn, time] to [minibatch, nOut, time]. Of images it takes the pixels as
 * features. What is masked comes out as zeros.
 */
public abstract class StepwiseLayer extends ExactSameDiffLayer {
    private long nIn;

    protected StepwiseLayer(Builder<?> builder) {
        super(builder);
        nIn = Settings.atLeast("nIn", builder.nIn, 0);
    }

    /** For Jackson. */
    protected StepwiseLayer() {}

    /** Features of the output. */
    public abstract long getNOut();

    /**
     * What the layer computes.
     *
     * @param x          [rows, nIn]
     * @param parameters by name
     * @return [rows, nOut]
     */
    abstract SDVariable rows(SDVariable x, Map<String, SDVariable> parameters);

    /** Sets a parameter that has no initialisation of its own to where it starts. */
    abstract void initialize(String name, INDArray parameter);

    /** All settings but nIn, for equality. */
    abstract List<Object> settings();

    @Override
    public final SDVariable defineLayer(SameDiff sameDiff, SDVariable layerInput, Map<String, SDVariable> parameters,
            SDVariable mask) {
        var shape = layerInput.getShape();
        if (shape.length == 2) {
            return rows(layerInput, parameters).mul(mask);
        }
        var x = layerInput.permute(0, 2, 1).reshape(-1, nIn);
        return rows(x, parameters).reshape(-1, shape[2], getNOut()).permute(0, 2, 1)
                .mul(mask.reshape(-1, 1, shape[2]));
    }

    @Override
    public final void initializeParameters(Map<String, INDArray> params) {
        StartValues.set(getParamWeightInit(), params, this::initialize);
    }

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> trainingListeners,
            int layerIndex, INDArray layerParamsView, boolean initializeParams, DataType networkDataType) {
        if (nIn <= 0) {
            throw new IllegalStateException(this + " does not know its input size: set nIn, or the net's input type");
        }
        return super.instantiate(conf, trainingListeners, layerIndex, layerParamsView, initializeParams,
                networkDataType);
    }

    @Override
    public void validateInput(INDArray input) {
        if (input.rank() != 2 && input.rank() != 3 || input.size(1) != nIn) {
            throw new IllegalArgumentException(this + " needs input [minibatch, " + nIn + "] or [minibatch, " + nIn
                    + ", time], was " + Arrays.toString(input.shape()));
        }
    }

    @Override
    public void setNIn(InputType inputType, boolean override) {
        if (nIn <= 0 || override) {
            nIn = features(inputType);
            setLayerParams(null);
        }
    }

    @Override
    public InputType getOutputType(int layerIndex, InputType inputType) {
        features(inputType);
        return inputType instanceof InputTypeRecurrent recurrent
                ? InputType.recurrent(getNOut(), recurrent.getTimeSeriesLength()) : InputType.feedForward(getNOut());
    }

    @Override
    public InputPreProcessor getPreProcessorForInputType(InputType inputType) {
        return inputType instanceof InputTypeConvolutional images ? new CnnToFeedForwardPreProcessor(
                images.getHeight(), images.getWidth(), images.getChannels(), images.getFormat()) : null;
    }

    private long features(InputType inputType) {
        if (inputType instanceof InputTypeFeedForward rows) {
            return rows.getSize();
        }
        if (inputType instanceof InputTypeConvolutionalFlat pixels) {
            return pixels.getFlattenedSize();
        }
        if (inputType instanceof InputTypeRecurrent steps && steps.getFormat() == RNNFormat.NCW) {
            return steps.getSize();
        }
        throw new IllegalStateException(this
                + " needs input [minibatch, features] or [minibatch, features, time], was " + inputType);
    }

    public long getNIn() {
        return nIn;
    }

    public void setNIn(long nIn) {
        this.nIn = nIn;
    }

    @Override
    public final boolean equals(Object other) {
        return super.equals(other) && other instanceof StepwiseLayer layer && getClass() == layer.getClass()
                && nIn == layer.nIn && settings().equals(layer.settings());
    }

    @Override
    public final int hashCode() {
        return 31 * super.hashCode() + 31 * Long.hashCode(nIn) + settings().hashCode();
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + (getLayerName() == null ? "" : " \"" + getLayerName() + "\"");
    }

    /** Settings that all these layers share. */
    @SuppressWarnings("unchecked")
    public abstract static class Builder<T extends Builder<T>> extends ExactSameDiffLayer.Builder<T> {
        private long nIn;

        /** Features of the input; inferred where the net is given an input type. */
        public T nIn(long features) {
            nIn = features;
            return (T) this;
        }
    }
}
