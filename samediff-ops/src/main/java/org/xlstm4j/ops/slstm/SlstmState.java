package org.xlstm4j.ops.slstm;

import java.util.Objects;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The memory of an sLSTM after some time step, all [batch, heads, headDim]. Cells and normalizers are stabilised: the
 * true ones are c · e^m and n · e^m, and only these have a meaning of their own; gradients flow through c, n and h,
 * with m held constant. A unit whose normalizer is 0 has an empty memory, whatever its m: zeros are a state to start from.
 *
 * @param cell       c
 * @param normalizer n
 * @param hidden     h, what the gates of the next step read
 * @param max        m
 */
public record SlstmState(SDVariable cell, SDVariable normalizer, SDVariable hidden, SDVariable max) {

    public SlstmState {
        Objects.requireNonNull(cell, "cell");
        Objects.requireNonNull(normalizer, "normalizer");
        Objects.requireNonNull(hidden, "hidden");
        Objects.requireNonNull(max, "max");
    }
}
