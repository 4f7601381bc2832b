package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;

/** Causal softmax attention, full or within a sliding window with sinks. */
public final class Attention {

    private Attention() {
    }

    /**
     * softmax(scale · q · kᵀ) · v over what each query sees, head by head.
     *
     * @param spec     shapes, scale and window
     * @param query    [batch · time, heads · headDim]
     * @param key      [batch · time, keyValueHeads · headDim]
     * @param value    [batch · time, keyValueHeads · valueDim]
     * @param segments [batch, time], floating point: the number of each token's document (padding has a number of its
     *                 own); null where every sequence is one document. A document's tokens are contiguous.
     * @return [batch · time, heads · valueDim]
     */
    public static SDVariable causal(AttentionSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                    SDVariable segments) {
        return Form.isFused("attention", query.dataType())
                ? new AttentionOp(spec, query, key, value, segments).outputVariables()[0]
                : ComposedAttention.causal(spec, query, key, value, segments);
    }

    /**
     * Attention of pieces of sequences: the queries are those of the last {@code spec.time()} of the steps that have
     * keys.
     *
     * @param spec    shapes, scale and window; its time is the piece's
     * @param query   [batch · time, heads · headDim]
     * @param keys    of the steps before the piece and in it, [batch, steps, keyValueHeads · headDim]
     * @param values  of the same steps, [batch, steps, keyValueHeads · valueDim]
     * @param present 1 where a step is there, 0 where not, [batch, steps]; those that are lie side by side, the
     *                document's first one before all others
     * @param before  steps before the piece
     * @return [batch · time, heads · valueDim]
     */
    public static SDVariable continued(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values,
                                       SDVariable present, int before) {
        return new ContinuedAttention(spec, query, keys, values, present, before).output();
    }

    /**
     * One decoding step: writes each sequence's key and value into its cache and attends to what the cache shows.
     * The fused form has no gradient.
     *
     * @param spec      shapes and scale; the window is {@code ring}'s affair, and {@code time} plays no part
     * @param ring      where the caches keep what
     * @param query     [batch, heads · headDim]
     * @param key       [batch, keyValueHeads · headDim]
     * @param value     [batch, keyValueHeads · valueDim]
     * @param keys      what was cached before, [batch, slots, keyValueHeads · headDim]
     * @param values    what was cached before, [batch, slots, keyValueHeads · valueDim]
     * @param positions tokens read before this one, [batch], floating point; below {@code ring.sinks()} if there is no
     *                  window
     */
    public static AttentionStep step(AttentionSpec spec, RingBuffer ring, SDVariable query, SDVariable key,
                                     SDVariable value, SDVariable keys, SDVariable values, SDVariable positions) {
        if (!Form.isFused("attention's decoding step", query.dataType())) {
            return new ComposedAttentionStep(spec, ring, positions).apply(query, key, value, keys, values);
        }
        var out = new AttentionStepOp(spec, ring, List.of(query, key, value, keys, values, positions))
                .outputVariables();
        return new AttentionStep(out[0], out[1], out[2]);
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
