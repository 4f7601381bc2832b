package org.xlstm4j.ops.heads;

import org.nd4j.autodiff.samediff.SDVariable;

/**
 * Heads of equal width in sequences of equal length.
 *
 * @param count heads
 * @param time  length of the sequences
 * @param width of a head
 */
public record Heads(int count, int time, int width) {

    /** Rows of tokens, [batch · time, count · width], with the heads on an axis of their own: [batch, count, time, width]. */
    public SDVariable split(SDVariable rows) {
        return rows.reshape(-1, time, count, width).permute(0, 2, 1, 3);
    }

    /** [batch, count, time, width] as rows of tokens, [batch · time, count · width]. */
    public SDVariable join(SDVariable split) {
        return split.permute(0, 2, 1, 3).reshape(-1, (long) count * width);
    }
}
