package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What sequences read before, and how many tokens they read now, at the end of their rows: what stands before these is
 * padding, whose outputs are 0.
 *
 * @param ring      where the caches keep what
 * @param keys      what was cached before, [batch, slots, keyValueHeads · headDim]
 * @param values    what was cached before, [batch, slots, keyValueHeads · valueDim]
 * @param positions tokens read before, [batch], floating point
 * @param counts    tokens to read, at most the length of the time axis, [batch], floating point; with those before, no
 *                  more than {@code ring.sinks()} if there is no window
 */
public record Extension(RingBuffer ring, SDVariable keys, SDVariable values, SDVariable positions, SDVariable counts) {
}
