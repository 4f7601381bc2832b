package org.xlstm4j.model;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * What reading a prompt or a token returns.
 *
 * @param logits of the next token, [batch, vocabSize]
 * @param state  from which decoding goes on
 */
record DecodeStep(INDArray logits, DecodeState state) {
}
