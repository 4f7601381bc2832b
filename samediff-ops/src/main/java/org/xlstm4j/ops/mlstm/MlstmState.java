package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The memory of an mLSTM after some time step, stabilised: the true memory is S · e^m, the true normalizer z · e^m.
 * Only these products have a meaning of their own; gradients flow through S and z, with m held constant. The gradient
 * of m itself is no more than that of eps in the clamped read.
 *
 * @param memory     S, [batch, heads, keyDim, valueDim]
 * @param normalizer z, [batch, heads, keyDim]
 * @param max        m, [batch, heads]
 */
public record MlstmState(SDVariable memory, SDVariable normalizer, SDVariable max) {
}
