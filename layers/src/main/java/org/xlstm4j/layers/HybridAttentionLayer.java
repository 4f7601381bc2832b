package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.hybrid.HybridParameters;
import org.xlstm4j.ops.hybrid.HybridSpec;
import org.xlstm4j.ops.mlstm.MlstmSpec;

/**
 * An mLSTM and sliding-window attention with sinks side by side in every head, fused by a gate (arXiv 2603.15590);
 * from [minibatch, nIn, time] to [minibatch, nOut, time].
 * <pre>
 * y_t = mLSTM(softmax(q W_φq), softmax(k W_φk), v; i = W_i x + b_i, f = W_f x + b_f)      (Eq. 8–10)
 * o_t = σ(w_g · [q_t, k_t, v_t] + b_g)
 * h_t = o_t y_t + (1 − o_t) window(q, k, v)_t                                             (Eq. 11)
 * </pre>
 * Queries and keys are turned by RoPE first, where it is set. Parameters beside those of {@link MultiHeadLayer}: the
 * feature maps {@code Fq}, {@code Fk}, [nHeads, headSize, headSize], which start at the identity; {@code Wi},
 * {@code Wf}, [nHeads, nIn], {@code bi}, {@code bf}, [nHeads], as in {@link MLSTMLayer}; {@code Wg},
 * [nHeads, 3 · headSize], and {@code bg}, [nHeads]. Both branches start with about equal shares; a negative
 * {@code bg} lets the window dominate.
 *
 * <p>Masks may leave out steps at the start and at the end of a sequence, not between.
 */
public final class HybridAttentionLayer extends MultiHeadLayer {
    private static final String QUERY_FEATURES = "Fq";
    private static final String KEY_FEATURES = "Fk";
    private static final String OUTPUT_GATE = "Wg";
    private static final String OUTPUT_GATE_BIAS = "bg";

    private int window;
    private int sinks;
    private int chunkSize;
    private double ropeTheta;

    private HybridAttentionLayer(Builder builder) {
        super(builder);
        window = Settings.atLeast("window", builder.window, 1);
        sinks = Settings.atLeast("sinks", builder.sinks, 0);
        chunkSize = Settings.atLeast("chunkSize", builder.chunkSize, 1);
        ropeTheta = Settings.ropeTheta(builder.ropeTheta, getHeadSize());
    }

    /** For Jackson. */
    HybridAttentionLayer() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        super.defineParameters(params);
        params.addWeightParam(QUERY_FEATURES, getNHeads(), getHeadSize(), getHeadSize());
        params.addWeightParam(KEY_FEATURES, getNHeads(), getHeadSize(), getHeadSize());
        params.addWeightParam(MLSTMLayer.INPUT_GATE, getNHeads(), getNIn());
        params.addBiasParam(MLSTMLayer.INPUT_GATE_BIAS, getNHeads());
        params.addWeightParam(MLSTMLayer.FORGET_GATE, getNHeads(), getNIn());
        params.addBiasParam(MLSTMLayer.FORGET_GATE_BIAS, getNHeads());
        params.addWeightParam(OUTPUT_GATE, getNHeads(), 3L * getHeadSize());
        params.addBiasParam(OUTPUT_GATE_BIAS, getNHeads());
    }

    @Override
    void initialize(String name, INDArray parameter) {
        switch (name) {
            case QUERY_FEATURES, KEY_FEATURES ->
                parameter.assign(Nd4j.eye(getHeadSize()).castTo(parameter.dataType())
                        .reshape(1, getHeadSize(), getHeadSize()).broadcast(parameter.shape()));
            case MLSTMLayer.FORGET_GATE_BIAS -> Settings.spreadForgetBias(parameter);
            default -> super.initialize(name, parameter);
        }
    }

    @Override
    SDVariable mix(Heads heads, SDVariable x, SDVariable query, SDVariable key, SDVariable value,
            Map<String, SDVariable> parameters, SDVariable mask) {
        var spec = new HybridSpec(heads.count(), heads.count(), heads.time(), heads.width(), window, sinks, chunkSize);
        var mixer = new HybridParameters(parameters.get(QUERY_FEATURES), parameters.get(KEY_FEATURES),
                parameters.get(MLSTMLayer.INPUT_GATE), parameters.get(MLSTMLayer.INPUT_GATE_BIAS),
                parameters.get(MLSTMLayer.FORGET_GATE), parameters.get(MLSTMLayer.FORGET_GATE_BIAS),
                parameters.get(OUTPUT_GATE), parameters.get(OUTPUT_GATE_BIAS));
        var rotated = new Positions(heads, ropeTheta, mask).rotate(query, key);
        var inputs = new HybridInputs(x, rotated.query(), rotated.key(), value, mask);
        return Hybrid.apply(spec, mixer, inputs).hidden();
    }

    @Override
    List<Object> settings() {
        return List.of(window, sinks, chunkSize, ropeTheta);
    }

    public int getWindow() {
        return window;
    }

    public void setWindow(int window) {
        this.window = window;
    }

    public int getSinks() {
        return sinks;
    }

    public void setSinks(int sinks) {
        this.sinks = sinks;
    }

    public int getChunkSize() {
        return chunkSize;
    }

    public void setChunkSize(int chunkSize) {
        this.chunkSize = chunkSize;
    }

    public double getRopeTheta() {
        return ropeTheta;
    }

    public void setRopeTheta(double ropeTheta) {
        this.ropeTheta = ropeTheta;
    }

    /** {@code new HybridAttentionLayer.Builder().nOut(64).nHeads(4).window(128).sinks(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends MultiHeadLayer.Builder<Builder> {
        private int window;
        private int sinks;
        private int chunkSize = MlstmSpec.DEFAULT_CHUNK_SIZE;
        private double ropeTheta;

        /** Steps that the window shows, the query's own included; at least 1. */
        public Builder window(int steps) {
            window = steps;
            return this;
        }

        /** First steps of the sequence, seen by every query. 0 where not set. */
        public Builder sinks(int steps) {
            sinks = steps;
            return this;
        }

        /** Time steps that the mLSTM handles at once; changes speed and memory, not the result. 64 where not set. */
        public Builder chunkSize(int steps) {
            chunkSize = steps;
            return this;
        }

        /** Base of the rotary position embedding, such as 10000; 0, the default, for none. */
        public Builder ropeTheta(double theta) {
            ropeTheta = theta;
            return this;
        }

        @Override
        public HybridAttentionLayer build() {
            return new HybridAttentionLayer(this);
        }
    }
}
