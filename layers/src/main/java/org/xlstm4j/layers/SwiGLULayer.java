package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.linear.SwiGlu;

/**
 * The gated two-layer perceptron of Llama-like models (arXiv 2002.05202), on every example, or on every step of a
 * sequence: y = (silu(x W_gateᵀ) ⊙ x W_upᵀ) W_downᵀ.
 *
 * <p>Parameters: {@code Wgate} and {@code Wup}, [nHidden, nIn], and {@code Wdown}, [nOut, nHidden]; no biases. They
 * start as the layer's weight initialisation says.
 */
public final class SwiGLULayer extends StepwiseLayer {
    /** Projection of the gate, [nHidden, nIn]. */
    public static final String GATE = "Wgate";
    /** Projection of what is gated, [nHidden, nIn]. */
    public static final String UP = "Wup";
    /** Projection to the output, [nOut, nHidden]. */
    public static final String DOWN = "Wdown";

    private long nOut;
    private long nHidden;

    private SwiGLULayer(Builder builder) {
        super(builder);
        nOut = Settings.atLeast("nOut", builder.nOut, 0);
        nHidden = Settings.atLeast("nHidden", builder.nHidden, 0);
    }

    /** For Jackson. */
    SwiGLULayer() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        params.clear();
        params.addWeightParam(GATE, getNHidden(), getNIn());
        params.addWeightParam(UP, getNHidden(), getNIn());
        params.addWeightParam(DOWN, getNOut(), getNHidden());
    }

    @Override
    void initialize(String name, INDArray parameter) {
        StartValues.weight(getWeightInit().getWeightInitFunction(), parameter);
    }

    @Override
    SDVariable rows(SDVariable x, Map<String, SDVariable> parameters) {
        return SwiGlu.apply(x, parameters.get(GATE), parameters.get(UP), parameters.get(DOWN));
    }

    @Override
    List<Object> settings() {
        return List.of(getNOut(), getNHidden());
    }

    @Override
    public long getNOut() {
        return nOut == 0 ? getNIn() : nOut;
    }

    public void setNOut(long nOut) {
        this.nOut = nOut;
    }

    /** Width between the projections. */
    public long getNHidden() {
        return nHidden == 0 ? (8 * getNIn() + 2) / 3 : nHidden;
    }

    public void setNHidden(long nHidden) {
        this.nHidden = nHidden;
    }

    /** {@code new SwiGLULayer.Builder().nHidden(256).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends StepwiseLayer.Builder<Builder> {
        private long nOut;
        private long nHidden;

        /** Features of the output; as many as the input's where not set. */
        public Builder nOut(long features) {
            nOut = features;
            return this;
        }

        /**
         * Width between the projections; where not set, 8/3 · nIn rounded up, for as many weights as a plain
         * perceptron has with 4 · nIn.
         */
        public Builder nHidden(long width) {
            nHidden = width;
            return this;
        }

        @Override
        public SwiGLULayer build() {
            return new SwiGLULayer(this);
        }
    }
}
