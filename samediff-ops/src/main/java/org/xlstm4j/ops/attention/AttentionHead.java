package org.xlstm4j.ops.attention;

import org.xlstm4j.ops.cpu.Rows;

/**
 * One query head of one sequence in native memory, a row a token.
 *
 * @param query        rows of headDim
 * @param key          rows of headDim, perhaps shared with other heads
 * @param value        rows of valueDim, perhaps shared with other heads
 * @param output       rows of valueDim
 * @param logSumExp    address of the logarithm of every token's softmax denominator, side by side
 */
public record AttentionHead(Rows query, Rows key, Rows value, Rows output, long logSumExp) {

    /**
     * Gradients of a head.
     *
     * @param output what arrives at the output
     * @param query  what leaves
     * @param key    what leaves is added to
     * @param value  what leaves is added to
     */
    public record Gradient(Rows output, Rows query, Rows key, Rows value) {
    }
}
