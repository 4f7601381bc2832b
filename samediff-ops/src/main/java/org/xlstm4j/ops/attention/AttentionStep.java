package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What a decoding step computes, or several at once.
 *
 * @param output [batch, heads · valueDim], a row a token
 * @param keys   the cache with the step's key in its slot, [batch, slots, keyValueHeads · headDim]
 * @param values the cache with the step's value in its slot, [batch, slots, keyValueHeads · valueDim]
 */
public record AttentionStep(SDVariable output, SDVariable keys, SDVariable values) {
}
