package org.xlstm4j.ops.attention;

import java.util.Optional;

/**
 * What softmax attention needs to know about its inputs and about what a query sees.
 *
 * @param heads         query heads
 * @param keyValueHeads key and value heads; divides {@code heads}
 * @param time          length of the time axis
 * @param headDim       width of queries and keys
 * @param valueDim      width of values
 * @param scale         factor of the scores, 1 / sqrt(headDim) as a rule
 * @param window        tokens back that a query sees, itself included, and the sinks; empty for full causal attention
 */
public record AttentionSpec(int heads, int keyValueHeads, int time, int headDim, int valueDim, double scale,
                            Optional<Window> window) {

    /**
     * A sliding window with sinks: query t sees key s where s ≤ t and (t − s &lt; size or s &lt; sinks), s and t
     * counted within their document.
     *
     * @param size  tokens back, the query's own included
     * @param sinks first tokens of the document that stay visible
     */
    public record Window(int size, int sinks) {
        public Window {
            if (size < 1) {
                throw new IllegalArgumentException("window must be at least 1 token, was " + size);
            }
            if (sinks < 0) {
                throw new IllegalArgumentException("sinks must not be negative, was " + sinks);
            }
        }
    }

    public AttentionSpec {
        requirePositive("heads", heads);
        requirePositive("keyValueHeads", keyValueHeads);
        requirePositive("time", time);
        requirePositive("headDim", headDim);
        requirePositive("valueDim", valueDim);
        if (heads % keyValueHeads != 0) {
            throw new IllegalArgumentException(
                    "heads (" + heads + ") must be a multiple of keyValueHeads (" + keyValueHeads + ")");
        }
        if (!(scale > 0)) {
            throw new IllegalArgumentException("scale must be positive, was " + scale);
        }
    }

    /** Full causal attention with scores scaled by 1 / sqrt(headDim) and values as wide as keys. */
    public static AttentionSpec causal(int heads, int keyValueHeads, int time, int headDim) {
        return new AttentionSpec(heads, keyValueHeads, time, headDim, headDim, 1 / Math.sqrt(headDim),
                Optional.empty());
    }

    /** Sliding-window attention with sinks, scores scaled by 1 / sqrt(headDim) and values as wide as keys. */
    public static AttentionSpec window(int heads, int keyValueHeads, int time, int headDim, int window, int sinks) {
        return new AttentionSpec(heads, keyValueHeads, time, headDim, headDim, 1 / Math.sqrt(headDim),
                Optional.of(new Window(window, sinks)));
    }

    /** Query heads that read one key-value head. */
    public int groupHeads() {
        return heads / keyValueHeads;
    }

    /** The same attention over another length. */
    public AttentionSpec withTime(int length) {
        return new AttentionSpec(heads, keyValueHeads, length, headDim, valueDim, scale, window);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, was " + value);
        }
    }
}
