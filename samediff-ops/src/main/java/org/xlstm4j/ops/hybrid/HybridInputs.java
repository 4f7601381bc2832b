package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What the mixer reads at every time step.
 *
 * @param x        the layer's normed input, [batch · time, hiddenSize], from which the gates of the mLSTM are read
 * @param query    [batch, heads, time, headDim], after RoPE
 * @param key      [batch, keyValueHeads, time, headDim], after RoPE
 * @param value    [batch, keyValueHeads, time, headDim]
 * @param segments [batch, time], the number of each token's document; null where every row is one document
 */
public record HybridInputs(SDVariable x, SDVariable query, SDVariable key, SDVariable value, SDVariable segments) {
}
