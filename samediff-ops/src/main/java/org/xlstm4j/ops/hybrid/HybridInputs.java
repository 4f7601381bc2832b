package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What the mixer reads at every time step.
 *
 * @param x        the layer's normed input, [batch · time, hiddenSize], from which the gates of the mLSTM are read
 * @param query    [batch · time, heads · headDim], after RoPE
 * @param key      [batch · time, keyValueHeads · headDim], after RoPE
 * @param value    [batch · time, keyValueHeads · headDim]
 * @param segments [batch, time], the number of each token's document; null where every row is one document
 */
public record HybridInputs(SDVariable x, SDVariable query, SDVariable key, SDVariable value, SDVariable segments) {
}
