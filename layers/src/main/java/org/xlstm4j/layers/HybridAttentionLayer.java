package org.xlstm4j.layers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
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
 * Parameters beside those of {@link WindowedLayer}: the feature maps {@code Fq}, {@code Fk},
 * [nHeads, headSize, headSize], which start at the identity; {@code Wi}, {@code Wf}, [nHeads, nIn], {@code bi},
 * {@code bf}, [nHeads], as in {@link MLSTMLayer}; {@code Wg}, [nHeads, 3 · headSize], and {@code bg}, [nHeads]. Both
 * branches start with about equal shares; a negative {@code bg} lets the window dominate.
 */
public final class HybridAttentionLayer extends WindowedLayer {
    /** Feature map of the queries, [nHeads, headSize, headSize]. */
    public static final String QUERY_FEATURES = "Fq";
    /** Feature map of the keys, [nHeads, headSize, headSize]. */
    public static final String KEY_FEATURES = "Fk";
    /** Input gate, [nHeads, nIn]. */
    public static final String INPUT_GATE = MLSTMLayer.INPUT_GATE;
    /** Input gate's bias, [nHeads]. */
    public static final String INPUT_GATE_BIAS = MLSTMLayer.INPUT_GATE_BIAS;
    /** Forget gate, [nHeads, nIn]. */
    public static final String FORGET_GATE = MLSTMLayer.FORGET_GATE;
    /** Forget gate's bias, [nHeads]. */
    public static final String FORGET_GATE_BIAS = MLSTMLayer.FORGET_GATE_BIAS;
    /** Output gate, [nHeads, 3 · headSize]. */
    public static final String OUTPUT_GATE = "Wg";
    /** Output gate's bias, [nHeads]. */
    public static final String OUTPUT_GATE_BIAS = "bg";

    private int chunkSize;

    private HybridAttentionLayer(Builder builder) {
        super(builder);
        chunkSize = Settings.atLeast("chunkSize", builder.chunkSize, 1);
    }

    /** For Jackson. */
    HybridAttentionLayer() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        super.defineParameters(params);
        params.addWeightParam(QUERY_FEATURES, getNHeads(), getHeadSize(), getHeadSize());
        params.addWeightParam(KEY_FEATURES, getNHeads(), getHeadSize(), getHeadSize());
        params.addWeightParam(INPUT_GATE, getNHeads(), getNIn());
        params.addBiasParam(INPUT_GATE_BIAS, getNHeads());
        params.addWeightParam(FORGET_GATE, getNHeads(), getNIn());
        params.addBiasParam(FORGET_GATE_BIAS, getNHeads());
        params.addWeightParam(OUTPUT_GATE, getNHeads(), 3L * getHeadSize());
        params.addBiasParam(OUTPUT_GATE_BIAS, getNHeads());
    }

    @Override
    protected void initialize(String name, INDArray parameter) {
        switch (name) {
            case QUERY_FEATURES, KEY_FEATURES ->
                parameter.assign(Nd4j.eye(getHeadSize()).castTo(parameter.dataType())
                        .reshape(1, getHeadSize(), getHeadSize()).broadcast(parameter.shape()));
            case FORGET_GATE_BIAS -> Settings.spreadForgetBias(parameter);
            default -> super.initialize(name, parameter);
        }
    }

    @Override
    public List<StateArray> stateArrays() {
        return Stream.concat(super.stateArrays().stream(), MlstmMemory.arrays(getNHeads(), getHeadSize()).stream())
                .toList();
    }

    @Override
    SDVariable mix(HeadSequence sequence) {
        var turned = turned(sequence);
        return Hybrid.apply(spec(turned.heads()), parameters(turned), inputs(turned)).hidden();
    }

    @Override
    SequenceOutput mix(HeadSequence sequence, Map<String, SDVariable> state) {
        var windowed = attend(sequence, state);
        var piece = windowed.piece();
        var mixed = Hybrid.continued(spec(piece.heads()), parameters(piece), inputs(piece), windowed.window(),
                MlstmMemory.of(state));
        var after = new HashMap<>(windowed.state());
        after.putAll(MlstmMemory.arrays(mixed.state()));
        return new SequenceOutput(mixed.output().hidden(), after);
    }

    private HybridSpec spec(Heads heads) {
        return new HybridSpec(heads.count(), getNKeyValueHeads(), heads.time(), heads.width(), getWindow(),
                getSinks(), chunkSize);
    }

    private static HybridParameters parameters(HeadSequence in) {
        return new HybridParameters(in.parameter(QUERY_FEATURES), in.parameter(KEY_FEATURES),
                in.parameter(INPUT_GATE), in.parameter(INPUT_GATE_BIAS),
                in.parameter(FORGET_GATE), in.parameter(FORGET_GATE_BIAS),
                in.parameter(OUTPUT_GATE), in.parameter(OUTPUT_GATE_BIAS));
    }

    private static HybridInputs inputs(HeadSequence in) {
        return new HybridInputs(in.x(), in.query(), in.key(), in.value(), in.mask());
    }

    @Override
    List<Object> settings() {
        return List.of(super.settings(), chunkSize);
    }

    public int getChunkSize() {
        return chunkSize;
    }

    public void setChunkSize(int chunkSize) {
        this.chunkSize = chunkSize;
    }

    /** {@code new HybridAttentionLayer.Builder().nOut(64).nHeads(4).window(128).sinks(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends WindowedLayer.Builder<Builder> {
        private int chunkSize = MlstmSpec.DEFAULT_CHUNK_SIZE;

        /** Time steps that the mLSTM handles at once; changes speed and memory, not the result. 64 where not set. */
        public Builder chunkSize(int steps) {
            chunkSize = steps;
            return this;
        }

        @Override
        public HybridAttentionLayer build() {
            return new HybridAttentionLayer(this);
        }
    }
}
