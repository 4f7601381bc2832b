package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.attention.AttentionSpec.Window;

/**
 * Softmax attention. Work is two products over the pairs of query and key that are visible.
 *
 * @param window what queries see; null for all that came before
 */
record AttentionCase(Heads heads, int time, Window window) implements OperatorCase {
    private static final int COMPOSED_AT_MOST = 2048;

    @Override
    public String operator() {
        return window == null ? "causal-attention" : "window-attention";
    }

    @Override
    public String shape() {
        return heads.shape(time) + (window == null ? "" : " W=" + window.size() + " S=" + window.sinks());
    }

    @Override
    public long tokens() {
        return (long) heads.batch() * time;
    }

    @Override
    public boolean isComposable() {
        return time <= COMPOSED_AT_MOST;
    }

    @Override
    public Work work(Direction direction) {
        return Work.of(direction, flops(heads, time, window), 3 * heads.floats(time), heads.floats(time));
    }

    static double flops(Heads heads, int time, Window window) {
        return 4.0 * heads.batch() * heads.dim() * heads.count() * pairs(time, window);
    }

    private static double pairs(int time, Window window) {
        double pairs = 0;
        for (int query = 0; query < time; query++) {
            int before = query + 1;
            pairs += window == null ? before
                    : Math.min(before, window.size()) + Math.min(window.sinks(), Math.max(0, before - window.size()));
        }
        return pairs;
    }

    @Override
    public List<SDVariable> outputs(GraphInputs in) {
        var spec = window == null ? AttentionSpec.causal(heads.count(), heads.count(), time, heads.dim())
                : AttentionSpec.window(heads.count(), heads.count(), time, heads.dim(), window.size(),
                        window.sinks());
        return List.of(Attention.causal(spec, in.variable("query", heads.sequence(time)),
                in.variable("key", heads.sequence(time)), in.variable("value", heads.sequence(time)), null));
    }
}
