package org.xlstm4j.distill.train;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.ParameterNames;

/** Which parameters {@link AdamW}'s decay pulls towards zero; norms and biases never. */
public enum WeightDecay {
    /** Projections, embeddings and feature maps, not the weights of the mixer's gates. */
    BUT_GATES,
    /** Every parameter of more than one axis, gates too. */
    ALL_MATRICES;

    boolean appliesTo(String name, INDArray parameter) {
        return parameter.rank() > 1 && (this == ALL_MATRICES || !ParameterNames.isGate(name));
    }
}
