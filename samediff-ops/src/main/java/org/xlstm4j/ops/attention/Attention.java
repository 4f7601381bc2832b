package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;

/** Causal softmax attention, full or within a sliding window with sinks. */
public final class Attention {

    private Attention() {
    }

    /**
     * softmax(scale · q · kᵀ) · v over what each query sees.
     *
     * @param spec     shapes, scale and window
     * @param query    [batch, heads, time, headDim]
     * @param key      [batch, keyValueHeads, time, headDim]
     * @param value    [batch, keyValueHeads, time, valueDim]
     * @param segments [batch, time], floating point: the number of each token's document (padding has a number of its
     *                 own); null where every row is one document. A document's tokens are contiguous.
     * @return [batch, heads, time, valueDim]
     */
    public static SDVariable causal(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                    SDVariable segments) {
        return ComposedAttention.causal(spec, query, key, value, segments);
    }

    /**
     * One decoding step: each query attends to the visible slots of its cache, in whatever order they lie there.
     *
     * @param spec    shapes and scale; {@code time} is the number of slots, the window is the caller's affair
     * @param query   [batch, heads, 1, headDim]
     * @param keys    [batch, keyValueHeads, slots, headDim]
     * @param values  [batch, keyValueHeads, slots, valueDim]
     * @param visible [batch, slots], 1 where a slot is seen and 0 where not; at least one slot a row is seen
     * @return [batch, heads, 1, valueDim]
     */
    public static SDVariable step(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values,
                                  SDVariable visible) {
        return ComposedAttention.step(spec, query, keys, values, visible);
    }

    /**
     * Key or value heads repeated to the query heads: head h of the result is head h / (heads / keyValueHeads) of x.
     *
     * @param x [batch, keyValueHeads, time, width]
     * @return [batch, heads, time, width]
     */
    public static SDVariable repeatHeads(AttentionSpec spec, SDVariable x, int width) {
        return ComposedAttention.repeatHeads(x, spec.keyValueHeads(), spec.heads(), spec.time(), width);
    }
}
