package org.xlstm4j.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;
import org.xlstm4j.ops.attention.AttentionSpec;
import org.xlstm4j.ops.heads.Heads;

/**
 * Causal multi-head attention within a sliding window, with sinks; from [minibatch, nIn, time] to
 * [minibatch, nOut, time].
 *
 * <p>Step t sees step s where s ≤ t and (t − s &lt; window or s is one of the first {@code sinks} present steps);
 * softmax(q · k / sqrt(headSize)) weighs the values of what it sees. Parameters: those of {@link WindowedLayer}.
 */
public final class SlidingWindowAttentionLayer extends WindowedLayer {
    private SlidingWindowAttentionLayer(Builder builder) {
        super(builder);
    }

    /** For Jackson. */
    SlidingWindowAttentionLayer() {}

    @Override
    SDVariable mix(Heads heads, SDVariable x, SDVariable query, SDVariable key, SDVariable value,
            Map<String, SDVariable> parameters, SDVariable mask) {
        var spec = AttentionSpec.window(heads.count(), getNKeyValueHeads(), heads.time(), heads.width(), getWindow(),
                getSinks());
        var rotated = normAndRotate(heads, query, key, parameters, mask);
        return Attention.causal(spec, rotated.query(), rotated.key(), value, mask);
    }

    /** {@code new SlidingWindowAttentionLayer.Builder().nOut(64).nHeads(4).window(128).sinks(4).build()}. */
    @SuppressWarnings("unchecked")
    public static final class Builder extends WindowedLayer.Builder<Builder> {
        @Override
        public SlidingWindowAttentionLayer build() {
            return new SlidingWindowAttentionLayer(this);
        }
    }
}
