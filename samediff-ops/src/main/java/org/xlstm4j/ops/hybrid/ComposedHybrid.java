package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.linear.Linear;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmInputs;
import org.xlstm4j.ops.mlstm.MlstmState;

/** The mixer out of stock SameDiff ops and the composed forms of its branches. */
final class ComposedHybrid {
    private final HybridSpec spec;
    private final HybridParameters parameters;
    private final HybridInputs in;
    private final Heads heads;
    // Heads on an axis of their own, keys and values repeated to the query heads: [batch, heads, time, headDim].
    private final SDVariable query;
    private final SDVariable key;
    private final SDVariable value;

    ComposedHybrid(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        this.spec = spec;
        this.parameters = parameters;
        this.in = in;
        this.heads = new Heads(spec.heads(), spec.time(), spec.headDim());
        var shared = new Heads(spec.keyValueHeads(), spec.time(), spec.headDim());
        this.query = heads.split(in.query());
        this.key = Attention.repeatHeads(spec.attention(), shared.split(in.key()), spec.headDim());
        this.value = Attention.repeatHeads(spec.attention(), shared.split(in.value()), spec.headDim());
    }

    HybridOutput apply() {
        return fuse(Mlstm.chunkwise(spec.mlstm(), mlstmInputs()), window());
    }

    Hybrid.WithState applyWithState() {
        var mlstm = Mlstm.chunkwiseWithState(spec.mlstm(), mlstmInputs());
        return new Hybrid.WithState(fuse(mlstm.hidden(), window()), mlstm.state());
    }

    Hybrid.WithState continued(SDVariable window, MlstmState initial) {
        var inputs = mlstmInputs().withSegments(null).withPresent(in.segments()).withInitial(initial);
        var mlstm = Mlstm.chunkwiseWithState(spec.mlstm(), inputs);
        return new Hybrid.WithState(fuse(mlstm.hidden(), window), mlstm.state());
    }

    Hybrid.Step step(RingBuffer ring, SDVariable keys, SDVariable values, SDVariable positions, MlstmState state) {
        var mlstm = Mlstm.step(spec.mlstm(), mlstmInputs().withInitial(state));
        var window = Attention.step(spec.attention(), ring, in.query(), in.key(), in.value(), keys, values, positions);
        return new Hybrid.Step(fuse(mlstm.hidden(), window.output()), window.keys(), window.values(), mlstm.state());
    }

    private MlstmInputs mlstmInputs() {
        return new MlstmInputs(features(query, parameters.queryFeatures()),
                features(key, parameters.keyFeatures()), heads.join(value),
                Linear.apply(in.x(), parameters.inputGateWeight(), parameters.inputGateBias()),
                Linear.apply(in.x(), parameters.forgetGateWeight(), parameters.forgetGateBias()), in.segments(), null);
    }

    private SDVariable window() {
        return Attention.causal(spec.attention(), in.query(), in.key(), in.value(), in.segments());
    }

    private HybridOutput fuse(SDVariable mlstm, SDVariable window) {
        var gate = outputGate();
        var fromWindow = heads.split(window);
        var hidden = fromWindow.add(gate.mul(heads.split(mlstm).sub(fromWindow)));
        return new HybridOutput(heads.join(hidden), gate.reshape(-1, spec.heads(), spec.time()));
    }

    /** softmax(x · W) a head, as rows. */
    private SDVariable features(SDVariable x, SDVariable weight) {
        return heads.join(x.getSameDiff().nn.softmax(perHead(x, weight, spec.headDim(), spec.headDim()), 3));
    }

    /** [batch, heads, time, 1]. */
    private SDVariable outputGate() {
        var sd = query.getSameDiff();
        int width = 3 * spec.headDim();
        var all = sd.concat(3, query, key, value);
        var logit = perHead(all, parameters.outputGateWeight().reshape(spec.heads(), width, 1), width, 1);
        return sd.nn.sigmoid(logit.add(parameters.outputGateBias().reshape(1, spec.heads(), 1, 1)));
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
}
