package org.xlstm4j.layers;

import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What a recurrent layer makes of a piece of a sequence.
 *
 * @param activations one a step, [minibatch, nOut, time]
 * @param state       after the last step, by the names of {@link RecurrentSameDiffLayer#stateArrays()}
 */
public record SequenceOutput(SDVariable activations, Map<String, SDVariable> state) {
}
