package org.xlstm4j.ops.hybrid;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What the mixer adds to its teacher's attention.
 *
 * @param queryFeatures    φ_q, [heads, headDim, headDim]
 * @param keyFeatures      φ_k, [heads, headDim, headDim]
 * @param inputGateWeight  [heads, hiddenSize], read from the layer's normed input
 * @param inputGateBias    [heads]; scales memory and normalizer alike, so that the normalised read cancels it: it is
 *                         there because the method has it
 * @param forgetGateWeight [heads, hiddenSize], read from the layer's normed input
 * @param forgetGateBias   [heads]
 * @param outputGateWeight [heads, 3 · headDim], read from [q, k, v] of the head, q and k after RoPE
 * @param outputGateBias   [heads]
 */
public record HybridParameters(SDVariable queryFeatures, SDVariable keyFeatures, SDVariable inputGateWeight,
                               SDVariable inputGateBias, SDVariable forgetGateWeight, SDVariable forgetGateBias,
                               SDVariable outputGateWeight, SDVariable outputGateBias) {

    /** Feature maps and gates, any of which may be open. */
    public HybridParameters(SDVariable queryFeatures, SDVariable keyFeatures, MixerGate input, MixerGate forget,
                            MixerGate output) {
        this(queryFeatures, keyFeatures, input.weight(), input.bias(), forget.weight(), forget.bias(), output.weight(),
                output.bias());
    }
}
