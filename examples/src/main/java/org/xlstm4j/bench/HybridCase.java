package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.AttentionSpec.Window;
import org.xlstm4j.ops.hybrid.Hybrid;
import org.xlstm4j.ops.hybrid.HybridInputs;
import org.xlstm4j.ops.hybrid.HybridParameters;
import org.xlstm4j.ops.hybrid.HybridSpec;
import org.xlstm4j.ops.mlstm.MlstmSpec;

/** The hybrid mixer: feature maps, gates, mLSTM and window. */
record HybridCase(Heads heads, int time, Window window) implements OperatorCase {
    private static final int COMPOSED_AT_MOST = 2048;

    @Override
    public String operator() {
        return "hybrid";
    }

    @Override
    public String shape() {
        return heads.shape(time) + " W=" + window.size() + " S=" + window.sinks();
    }

    @Override
    public long tokens() {
        return (long) heads.batch() * time;
    }

    @Override
    public boolean isComposable() {
        return time <= COMPOSED_AT_MOST;
    }

    private int hidden() {
        return heads.count() * heads.dim();
    }

    @Override
    public Work work(Direction direction) {
        double features = 4.0 * heads.floats(time) * heads.dim();
        double gates = 2.0 * heads.batch() * heads.count() * time * (2.0 * hidden() + 3 * heads.dim());
        double flops = features + gates + MlstmCase.flops(heads, time) + AttentionCase.flops(heads, time, window);
        double weights = 2.0 * heads.count() * (heads.dim() * heads.dim() + hidden());
        return Work.of(direction, flops, 4 * heads.floats(time) + weights, heads.floats(time));
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        int count = heads.count();
        int dim = heads.dim();
        var spec = new HybridSpec(count, count, time, dim, window.size(), window.sinks(),
                MlstmSpec.DEFAULT_CHUNK_SIZE);
        var parameters = new HybridParameters(in.parameter("queryFeatures", count, dim, dim),
                in.parameter("keyFeatures", count, dim, dim), in.parameter("inputGateWeight", count, hidden()),
                in.parameter("inputGateBias", count), in.parameter("forgetGateWeight", count, hidden()),
                in.parameter("forgetGateBias", count), in.parameter("outputGateWeight", count, 3L * dim),
                in.parameter("outputGateBias", count));
        var inputs = new HybridInputs(in.variable("x", (long) heads.batch() * time, hidden()), in.variable("query", heads.sequence(time)),
                in.variable("key", heads.sequence(time)), in.variable("value", heads.sequence(time)), null);
        return List.of(Hybrid.apply(spec, parameters, inputs).hidden());
    }
}
