package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.norm.RmsNorm;

/**
 * Root-mean-square normalisation (arXiv 1910.07467) of every example, or of every step of a sequence, over its
 * features: y = x / sqrt(mean(x²) + eps) ⊙ gamma.
 *
 * <p>Its one parameter {@code gamma}, [nIn], starts at 1. It counts as a bias, so that L2 and weight decay of the net's
 * weights leave it alone.
 */
public final class RMSNormLayer extends StepwiseLayer {
    /** What every feature is multiplied by, [nIn]. */
    public static final String GAMMA = "gamma";

    private double eps;

    private RMSNormLayer(Builder builder) {
        super(builder);
        eps = Settings.positive("eps", builder.eps);
    }

    /** For Jackson. */
    RMSNormLayer() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        params.clear();
        params.addBiasParam(GAMMA, getNIn());
    }

    @Override
    void initialize(String name, INDArray parameter) {
        parameter.assign(1);
    }

    @Override
    SDVariable rows(SDVariable x, Map<String, SDVariable> parameters) {
        return RmsNorm.apply(x, parameters.get(GAMMA), eps);
    }

    @Override
    List<Object> settings() {
        return List.of(eps);
    }

    /** As many as the input's. */
    @Override
    public long getNOut() {
        return getNIn();
    }

    public double getEps() {
        return eps;
    }

    public void setEps(double eps) {
        this.eps = eps;
    }

    /** {@code new RMSNormLayer.Builder().build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends StepwiseLayer.Builder<Builder> {
        private double eps = 1e-6;

        /** Added to the mean square, positive. 1e-6 where not set. */
        public Builder eps(double small) {
            eps = small;
            return this;
        }

        @Override
        public RMSNormLayer build() {
            return new RMSNormLayer(this);
        }
    }
}
