package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What the mixer computes.
 *
 * @param hidden [batch · time, heads · headDim]
 * @param gate   the share of the mLSTM, o in (0, 1), [batch, heads, time]
 */
public record HybridOutput(SDVariable hidden, SDVariable gate) {
}
