package org.xlstm4j.model;

import org.nd4j.autodiff.samediff.SDVariable;

/** What mixes time steps in a decoder layer: attention or the hybrid mixer, over a sequence or one step. */
interface Mixer {

    /**
     * What a layer hands to its mixer.
     *
     * @param layer  index of the layer
     * @param normed what the layer's projections read, [batch · time, hiddenSize]
     * @param query  [batch · time, heads · headDim], after RoPE
     * @param key    [batch · time, keyValueHeads · headDim], after RoPE
     * @param value  [batch · time, keyValueHeads · headDim]
     */
    record Inputs(int layer, SDVariable normed, SDVariable query, SDVariable key, SDVariable value) {
    }

    /** [batch · time, heads · headDim]. */
    SDVariable mix(Inputs inputs);
}
