package org.xlstm4j.layers;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.slstm.Slstm;
import org.xlstm4j.ops.slstm.SlstmInputs;
import org.xlstm4j.ops.slstm.SlstmOutput;
import org.xlstm4j.ops.slstm.SlstmSpec;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;
import org.xlstm4j.ops.slstm.SlstmState;

/**
 * The sLSTM (arXiv 2405.04517): an LSTM with exponential input gate and a normalizer, whose gates read the hidden state
 * of their own head alone; from [minibatch, nIn, time] to [minibatch, nOut, time].
 * <pre>
 * c_t = f_t c_{t-1} + exp(i_t) tanh(z_t)
 * n_t = f_t n_{t-1} + exp(i_t)
 * h_t = σ(o_t) c_t / n_t,  i_t = W_i x_t + R_i h_{t-1} + b_i, and so f_t, inside σ or exp, z_t and o_t
 * </pre>
 * Parameters: {@code W}, [4 · nOut, nIn], {@code RW}, [4, nHeads, headSize, headSize], and {@code b}, [4 · nOut], each
 * those of i, f, z and o in this order; with the norm {@code g}, [nOut], which starts at 1. The state is
 * {@code cell}, {@code normalizer}, {@code hidden} and {@code max}, all [minibatch, nHeads, headSize], as
 * {@link SlstmState} has them.
 * A masked step changes no state and comes out as zeros.
 */
public final class SLSTMLayer extends RecurrentSameDiffLayer {
    /** What the gates read of the input, [4 · nOut, nIn]. */
    public static final String INPUT = "W";
    /** What they read of the hidden state, [4, nHeads, headSize, headSize]. */
    public static final String RECURRENT = "RW";
    /** Biases of the gates, [4 · nOut]. */
    public static final String BIAS = "b";
    /** Weights of the norm, [nOut]. */
    public static final String GAIN = "g";
    private static final double NORM_EPS = 1e-5;
    /** The logarithm of nothing: finite, so that differences with it stay numbers. */
    private static final double EMPTY = -1e30;

    private int nHeads;
    private ForgetGate forgetGate;
    private double forgetGateBiasInit;
    private double depth;
    private boolean groupNorm;

    private SLSTMLayer(Builder builder) {
        super(builder);
        Settings.atLeast("nOut", nOut, 1);
        nHeads = Settings.atLeast("nHeads", builder.nHeads, 1);
        if (nOut % nHeads != 0) {
            throw new IllegalArgumentException("nOut (" + nOut + ") must be a multiple of nHeads (" + nHeads + ")");
        }
        forgetGate = Objects.requireNonNull(builder.forgetGate, "forgetGate");
        forgetGateBiasInit = builder.forgetGateBiasInit;
        depth = builder.depth;
        if (!(depth >= 0 && depth <= 1)) {
            throw new IllegalArgumentException("depth must be between 0 and 1, was " + depth);
        }
        groupNorm = builder.groupNorm;
        if (groupNorm && headSize() == 1) {
            throw new IllegalArgumentException("a head of one unit has nothing to normalise: set fewer heads than "
                    + "nOut (" + nOut + "), or no group norm");
        }
    }

    /** For Jackson. */
    SLSTMLayer() {}

    private int headSize() {
        return Math.toIntExact(nOut / nHeads);
    }

    @Override
    public void defineParameters(SDLayerParams params) {
        params.addWeightParam(INPUT, 4 * nOut, nIn);
        params.addWeightParam(RECURRENT, 4, nHeads, headSize(), headSize());
        params.addBiasParam(BIAS, 4 * nOut);
        if (groupNorm) {
            params.addBiasParam(GAIN, nOut);
        }
    }

    @Override
    protected void initialize(String name, INDArray parameter) {
        switch (name) {
            case INPUT -> weightInitFn.init(nIn, nOut, parameter.shape(), 'c', parameter);
            case RECURRENT -> (weightInitFnRecurrent == null ? weightInitFn : weightInitFnRecurrent)
                    .init(headSize(), headSize(), parameter.shape(), 'c', parameter);
            case BIAS -> parameter.assign(Nd4j.createFromArray(biases()).reshape(parameter.shape()));
            case GAIN -> parameter.assign(1);
            default -> throw new IllegalArgumentException("there is no parameter \"" + name + "\"");
        }
    }

    private double[] biases() {
        int width = Math.toIntExact(nOut);
        var biases = new double[4 * width];
        for (int unit = 0; unit < width; unit++) {
            biases[width + unit] = Double.isNaN(forgetGateBiasInit) ? spread(unit % headSize()) : forgetGateBiasInit;
        }
        return biases;
    }

    /** From 5 to −7 over the units of a head, along a power law; log σ of that where the gate is exponential. */
    private double spread(int unit) {
        double place = headSize() == 1 ? 0 : unit / (headSize() - 1.0);
        double bias = 5 - 12 * Math.pow(place, 0.3 + 1.3 * depth);
        return forgetGate == ForgetGate.SIGMOID ? bias : -Math.log1p(Math.exp(-bias));
    }

    @Override
    public List<StateArray> stateArrays() {
        return List.of(StateArray.zeros("cell", nHeads, headSize()), StateArray.zeros("normalizer", nHeads, headSize()),
                StateArray.zeros("hidden", nHeads, headSize()), new StateArray("max", EMPTY, nHeads, headSize()));
    }

    @Override
    public SDVariable defineSequence(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask) {
        return activations(Slstm.hidden(spec(input), inputs(input, parameters, mask)), input, parameters);
    }

    @Override
    public SequenceOutput defineLayer(SameDiff sameDiff, SDVariable input, Map<String, SDVariable> parameters,
            SDVariable mask, Map<String, SDVariable> state) {
        SlstmOutput out = Slstm.withState(spec(input), inputs(input, parameters, mask).withInitial(new SlstmState(
                state.get("cell"), state.get("normalizer"), state.get("hidden"), state.get("max"))));
        var after = new HashMap<String, SDVariable>();
        after.put("cell", out.state().cell());
        after.put("normalizer", out.state().normalizer());
        after.put("hidden", out.state().hidden());
        after.put("max", out.state().max());
        return new SequenceOutput(activations(out.hidden(), input, parameters), after);
    }

    private SlstmSpec spec(SDVariable input) {
        return new SlstmSpec(nHeads, (int) input.getShape()[2], headSize(), forgetGate);
    }

    private SlstmInputs inputs(SDVariable input, Map<String, SDVariable> parameters, SDVariable mask) {
        var x = input.permute(0, 2, 1).reshape(-1, nIn);
        return new SlstmInputs(Linear.apply(x, parameters.get(INPUT), parameters.get(BIAS)),
                parameters.get(RECURRENT)).withMask(mask);
    }

    private SDVariable activations(SDVariable hidden, SDVariable input, Map<String, SDVariable> parameters) {
        var rows = groupNorm ? normalized(hidden).mul(parameters.get(GAIN).reshape(1, -1)) : hidden;
        return rows.reshape(-1, input.getShape()[2], nOut).permute(0, 2, 1);
    }

    /** Every head by itself: zeros stay zeros. */
    private SDVariable normalized(SDVariable hidden) {
        var heads = hidden.reshape(-1, headSize());
        var centred = heads.sub(heads.mean(true, 1));
        var scale = hidden.getSameDiff().math.square(centred).mean(true, 1).add(NORM_EPS).pow(-0.5);
        return centred.mul(scale).reshape(-1, nOut);
    }

    public int getNHeads() {
        return nHeads;
    }

    public void setNHeads(int nHeads) {
        this.nHeads = nHeads;
    }

    public ForgetGate getForgetGate() {
        return forgetGate;
    }

    public void setForgetGate(ForgetGate forgetGate) {
        this.forgetGate = forgetGate;
    }

    public double getForgetGateBiasInit() {
        return forgetGateBiasInit;
    }

    public void setForgetGateBiasInit(double forgetGateBiasInit) {
        this.forgetGateBiasInit = forgetGateBiasInit;
    }

    public double getDepth() {
        return depth;
    }

    public void setDepth(double depth) {
        this.depth = depth;
    }

    public boolean isGroupNorm() {
        return groupNorm;
    }

    public void setGroupNorm(boolean groupNorm) {
        this.groupNorm = groupNorm;
    }

    @Override
    public boolean equals(Object other) {
        return super.equals(other) && other instanceof SLSTMLayer layer && settings().equals(layer.settings());
    }

    @Override
    public int hashCode() {
        return 31 * super.hashCode() + settings().hashCode();
    }

    private List<Object> settings() {
        return List.of(nHeads, forgetGate, forgetGateBiasInit, depth, groupNorm);
    }

    /** {@code new SLSTMLayer.Builder().nOut(64).nHeads(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends RecurrentSameDiffLayer.Builder<Builder> {
        private int nHeads = 1;
        private ForgetGate forgetGate = ForgetGate.SIGMOID;
        private double forgetGateBiasInit = Double.NaN;
        private double depth;
        private boolean groupNorm;

        /** Heads; 1 where not set. */
        public Builder nHeads(int heads) {
            nHeads = heads;
            return this;
        }

        /** What the forget gate makes of its pre-activation; {@code SIGMOID} where not set. */
        public Builder forgetGate(ForgetGate kind) {
            forgetGate = kind;
            return this;
        }

        /**
         * Where the biases of all forget gates start. Where not set, they are spread over the units of each head from 5
         * to −7, so that these remember at different lengths; those of an exponential gate so that it starts as the
         * sigmoid does.
         */
        public Builder forgetGateBiasInit(double bias) {
            forgetGateBiasInit = bias;
            return this;
        }

        /**
         * Where the layer stands among those of its kind, 0 for the first to 1 for the last: the higher, the more of
         * the spread biases are large, and units remember long. 0 where not set.
         */
        public Builder depth(double place) {
            depth = place;
            return this;
        }

        /** Whether each head's output is normalised to mean 0 and variance 1, and weighed. False where not set. */
        public Builder groupNorm(boolean normalized) {
            groupNorm = normalized;
            return this;
        }

        @Override
        public SLSTMLayer build() {
            return new SLSTMLayer(this);
        }
    }
}
