package org.xlstm4j.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.attention.Attention;

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
    SDVariable mix(HeadSequence sequence) {
        var turned = turned(sequence);
        return Attention.causal(attention(turned.heads()), turned.query(), turned.key(), turned.value(),
                turned.mask());
    }

    @Override
    SequenceOutput mix(HeadSequence sequence, Map<String, SDVariable> state) {
        var windowed = attend(sequence, state);
        return new SequenceOutput(windowed.window(), windowed.state());
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
