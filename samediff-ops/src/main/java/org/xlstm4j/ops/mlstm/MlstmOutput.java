package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * What an mLSTM returns where its memory is wanted too.
 *
 * @param hidden [batch · time, heads · valueDim]
 * @param state  the memory after the last step
 */
public record MlstmOutput(SDVariable hidden, MlstmState state) {
}
