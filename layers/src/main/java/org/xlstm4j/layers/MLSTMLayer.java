package org.xlstm4j.layers;

import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmInputs;
import org.xlstm4j.ops.mlstm.MlstmSpec;
import org.xlstm4j.ops.mlstm.MlstmSpec.Read;

/**
 * The multi-head mLSTM (arXiv 2405.04517): a matrix memory a head, written through an exponential input gate, faded by
 * a sigmoid forget gate and read by queries; from [minibatch, nIn, time] to [minibatch, nOut, time].
 * <pre>
 * S_t = σ(f_t) S_{t-1} + exp(i_t) k_t ⊗ v_t
 * z_t = σ(f_t) z_{t-1} + exp(i_t) k_t
 * h_t = σ(W_g x_t + b_g) ⊙ read(q_t, S_t, z_t),  i_t = W_i x_t + b_i,  f_t = W_f x_t + b_f
 * </pre>
 * Time and memory grow linearly with the length. The state is each head's memory: {@code memory}, S · e<sup>-m</sup>,
 * [minibatch, nHeads, headSize, headSize], {@code normalizer}, z · e<sup>-m</sup>, [minibatch, nHeads, headSize], and
 * {@code max}, m, [minibatch, nHeads]. Parameters beside those of {@link MultiHeadLayer}: {@code Wi},
 * {@code Wf}, [nHeads, nIn]; {@code bi}, {@code bf}, [nHeads]; with the output gate {@code Wg},
 * [nHeads · headSize, nIn], and {@code bg}, [nHeads · headSize]. The forget bias starts spread linearly from 3 to 6
 * over the heads, so that they remember at different lengths.
 */
public final class MLSTMLayer extends MultiHeadLayer {
    static final String INPUT_GATE = "Wi";
    static final String INPUT_GATE_BIAS = "bi";
    static final String FORGET_GATE = "Wf";
    static final String FORGET_GATE_BIAS = "bf";
    private static final String OUTPUT_GATE = "Wg";
    private static final String OUTPUT_GATE_BIAS = "bg";

    private Read read;
    private boolean outputGate;
    private int chunkSize;

    private MLSTMLayer(Builder builder) {
        super(builder);
        read = Objects.requireNonNull(builder.read, "read");
        outputGate = builder.outputGate;
        chunkSize = Settings.atLeast("chunkSize", builder.chunkSize, 1);
    }

    /** For Jackson. */
    MLSTMLayer() {}

    @Override
    public void defineParameters(SDLayerParams params) {
        super.defineParameters(params);
        params.addWeightParam(INPUT_GATE, getNHeads(), getNIn());
        params.addBiasParam(INPUT_GATE_BIAS, getNHeads());
        params.addWeightParam(FORGET_GATE, getNHeads(), getNIn());
        params.addBiasParam(FORGET_GATE_BIAS, getNHeads());
        if (outputGate) {
            params.addWeightParam(OUTPUT_GATE, innerWidth(), getNIn());
            params.addBiasParam(OUTPUT_GATE_BIAS, innerWidth());
        }
    }

    @Override
    protected void initialize(String name, INDArray parameter) {
        if (name.equals(FORGET_GATE_BIAS)) {
            Settings.spreadForgetBias(parameter);
        } else {
            super.initialize(name, parameter);
        }
    }

    @Override
    public List<StateArray> stateArrays() {
        return MlstmMemory.arrays(getNHeads(), getHeadSize());
    }

    @Override
    SDVariable mix(HeadSequence sequence) {
        return gated(sequence, Mlstm.chunkwise(spec(sequence.heads()), inputs(sequence)));
    }

    @Override
    SequenceOutput mix(HeadSequence sequence, Map<String, SDVariable> state) {
        var mlstm = Mlstm.chunkwiseWithState(spec(sequence.heads()),
                inputs(sequence).withInitial(MlstmMemory.of(state)));
        return new SequenceOutput(gated(sequence, mlstm.hidden()), MlstmMemory.arrays(mlstm.state()));
    }

    private MlstmInputs inputs(HeadSequence in) {
        return new MlstmInputs(features(in.heads(), in.query()), features(in.heads(), in.key()), in.value(),
                Linear.apply(in.x(), in.parameter(INPUT_GATE), in.parameter(INPUT_GATE_BIAS)),
                Linear.apply(in.x(), in.parameter(FORGET_GATE), in.parameter(FORGET_GATE_BIAS)))
                .withPresent(in.mask());
    }

    private SDVariable gated(HeadSequence in, SDVariable hidden) {
        if (!outputGate) {
            return hidden;
        }
        var gate = Linear.apply(in.x(), in.parameter(OUTPUT_GATE), in.parameter(OUTPUT_GATE_BIAS));
        return hidden.mul(gate.getSameDiff().nn.sigmoid(gate));
    }

    @Override
    boolean bridgesGaps() {
        return true;
    }

    private MlstmSpec spec(Heads heads) {
        var spec = switch (read) {
            case CLAMPED -> MlstmSpec.clamped(heads.count(), heads.time(), heads.width(), heads.width());
            case NORMALIZER -> MlstmSpec.normalized(heads.count(), heads.time(), heads.width(), heads.width());
        };
        return spec.withChunkSize(chunkSize);
    }

    private SDVariable features(Heads heads, SDVariable x) {
        return switch (read) {
            case CLAMPED -> x;
            case NORMALIZER -> x.getSameDiff().nn.softmax(x.reshape(-1, heads.width()), 1)
                    .reshape(-1, (long) heads.count() * heads.width());
        };
    }

    @Override
    List<Object> settings() {
        return List.of(read, outputGate, chunkSize);
    }

    public Read getRead() {
        return read;
    }

    public void setRead(Read read) {
        this.read = read;
    }

    public boolean isOutputGate() {
        return outputGate;
    }

    public void setOutputGate(boolean outputGate) {
        this.outputGate = outputGate;
    }

    public int getChunkSize() {
        return chunkSize;
    }

    public void setChunkSize(int chunkSize) {
        this.chunkSize = chunkSize;
    }

    /** {@code new MLSTMLayer.Builder().nOut(64).nHeads(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends MultiHeadLayer.Builder<Builder> {
        private Read read = Read.CLAMPED;
        private boolean outputGate = true;
        private int chunkSize = MlstmSpec.DEFAULT_CHUNK_SIZE;

        /**
         * How the memory is read: {@code CLAMPED}, q S / max(|q z|, 1) over keys scaled by headSize<sup>-1/2</sup>
         * (the default), or {@code NORMALIZER}, q S / q z, with the softmax of queries and keys in their place, so that
         * all products are positive.
         */
        public Builder read(Read how) {
            read = how;
            return this;
        }

        /** Whether every feature passes a sigmoid gate read from the layer's input. True where not set. */
        public Builder outputGate(boolean gated) {
            outputGate = gated;
            return this;
        }

        /** Time steps handled at once; changes speed and memory, not the result. 64 where not set. */
        public Builder chunkSize(int steps) {
            chunkSize = steps;
            return this;
        }

        @Override
        public MLSTMLayer build() {
            return new MLSTMLayer(this);
        }
    }
}
