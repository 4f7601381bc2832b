package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmInputs;
import org.xlstm4j.ops.mlstm.MlstmOutput;
import org.xlstm4j.ops.mlstm.MlstmState;

/**
 * The hybrid mixer (arXiv 2603.15590, Eq. 8–11):
 * <pre>
 * φ(x)  = softmax(x · W_φ)                  over the features, W_φ per head
 * y_t   = mLSTM(φ_q(q), φ_k(k), v; i, f)    i, f linear in the layer's normed input
 * o_t   = σ([q_t, k_t, v_t] · w_o + b_o)
 * h_t   = o_t y_t + (1 − o_t) window(q, k, v)_t
 * </pre>
 */
public final class Hybrid {

    private Hybrid() {
    }

    /** The mixer over whole sequences that start with an empty memory. */
    public static HybridOutput apply(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        var branches = new Branches(spec, parameters, in);
        return branches.fuse(Mlstm.chunkwise(spec.mlstm(), branches.mlstmInputs()));
    }

    /** The mixer over whole sequences, with the memory that decoding goes on from. */
    public static WithState applyWithState(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        var branches = new Branches(spec, parameters, in);
        var mlstm = Mlstm.chunkwiseWithState(spec.mlstm(), branches.mlstmInputs());
        return new WithState(branches.fuse(mlstm.hidden()), mlstm.state());
    }

    /**
     * One decoding step.
     *
     * @param in      one time step: {@code spec.time()} is 1 and segments play no part
     * @param keys    the window's and the sinks' keys, this step's among them: [batch, keyValueHeads, slots, headDim]
     * @param values  their values
     * @param slots   length of the cache
     * @param visible [batch, slots], 1 where a slot is seen
     * @param state   the mLSTM's memory before the step
     */
    public static WithState step(HybridSpec spec, HybridParameters parameters, HybridInputs in, SDVariable keys,
                                 SDVariable values, int slots, SDVariable visible, MlstmState state) {
        var branches = new Branches(spec, parameters, in);
        var mlstm = branches.mlstmStep(state);
        var hidden = mlstm.hidden().reshape(-1, spec.heads(), 1, spec.headDim());
        var attention = spec.attention().withTime(slots);
        var window = Attention.step(attention, in.query(), keys, values, visible);
        return new WithState(branches.fuse(hidden, window), mlstm.state());
    }

    /**
     * The mixer's output and the memory after the last step.
     *
     * @param output what the mixer computes
     * @param state  the mLSTM's memory
     */
    public record WithState(HybridOutput output, MlstmState state) {
    }

    /** What both branches read, computed once. */
    private record Branches(HybridSpec spec, HybridParameters parameters, HybridInputs in, SDVariable key,
                            SDVariable value) {

        Branches(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
            this(spec, parameters, in, Attention.repeatHeads(spec.attention(), in.key(), spec.headDim()),
                    Attention.repeatHeads(spec.attention(), in.value(), spec.headDim()));
        }

        MlstmInputs mlstmInputs() {
            return new MlstmInputs(features(in.query(), parameters.queryFeatures()),
                    features(key, parameters.keyFeatures()), value,
                    gate(parameters.inputGateWeight(), parameters.inputGateBias()),
                    gate(parameters.forgetGateWeight(), parameters.forgetGateBias()), in.segments(), null);
        }

        MlstmOutput mlstmStep(MlstmState state) {
            var steps = mlstmInputs();
            int heads = spec.heads();
            int width = spec.headDim();
            return Mlstm.step(spec.mlstm(), steps.query().reshape(-1, heads, width),
                    steps.key().reshape(-1, heads, width), steps.value().reshape(-1, heads, width),
                    steps.inputGate().reshape(-1, heads), steps.forgetGate().reshape(-1, heads), state);
        }

        HybridOutput fuse(SDVariable mlstm) {
            return fuse(mlstm, Attention.causal(spec.attention(), in.query(), in.key(), in.value(), in.segments()));
        }

        HybridOutput fuse(SDVariable mlstm, SDVariable window) {
            var gate = outputGate();
            return new HybridOutput(window.add(gate.mul(mlstm.sub(window))), gate);
        }

        /** softmax(x · W) a head: [batch, heads, time, headDim]. */
        private SDVariable features(SDVariable x, SDVariable weight) {
            return x.getSameDiff().nn.softmax(perHead(x, weight, spec.headDim(), spec.headDim()), 3);
        }

        /**
         * x · W with a matrix a head.
         *
         * @param x      [batch, heads, time, in]
         * @param weight [heads, in, out]
         * @return [batch, heads, time, out]
         */
        private SDVariable perHead(SDVariable x, SDVariable weight, int in, int out) {
            return x.permute(1, 0, 2, 3).reshape(spec.heads(), -1, in).mmul(weight)
                    .reshape(spec.heads(), -1, spec.time(), out)
                    .permute(1, 0, 2, 3);
        }

        /** A pre-activation a head from the layer's input: [batch, heads, time]. */
        private SDVariable gate(SDVariable weight, SDVariable bias) {
            return Linear.apply(in.x(), weight, bias).reshape(-1, spec.time(), spec.heads()).permute(0, 2, 1);
        }

        private SDVariable outputGate() {
            var sd = in.query().getSameDiff();
            int width = 3 * spec.headDim();
            var all = sd.concat(3, in.query(), key, value);
            var logit = perHead(all, parameters.outputGateWeight().reshape(spec.heads(), width, 1), width, 1);
            return sd.nn.sigmoid(logit.add(parameters.outputGateBias().reshape(1, spec.heads(), 1, 1)));
        }
    }
}
