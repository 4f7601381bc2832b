package org.xlstm4j.ops.slstm;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What an sLSTM returns where its memory is wanted too.
 *
 * @param hidden [batch · time, heads · headDim]
 * @param state  the memory after the last step
 */
public record SlstmOutput(SDVariable hidden, SlstmState state) {
}
