package org.xlstm4j.distill.data;

import org.xlstm4j.model.TokenBatch;

/**
 * A batch of rows packed with whole documents. All arrays are [batch · time], row-major.
 *
 * @param batch     the number of rows
 * @param time      the number of tokens in a row
 * @param ids       token ids; 0 in the padding
 * @param positions the position of each token in its document, from 0; 0 in the padding
 * @param segments  the document of each token, numbered from 1 within its row; 0 is padding
 * @param targets   the next token of the same document; 0 where there is none
 * @param weights   1 where the prediction of the target counts in the loss, else 0
 */
public record PackedBatch(int batch, int time, int[] ids, int[] positions, int[] segments, int[] targets,
                          float[] weights) {

    public PackedBatch {
        if (batch < 1 || time < 1) {
            throw new IllegalArgumentException("a batch of " + batch + " rows of " + time + " tokens is empty");
        }
        checkSize("ids", ids.length, batch, time);
        checkSize("positions", positions.length, batch, time);
        checkSize("segments", segments.length, batch, time);
        checkSize("targets", targets.length, batch, time);
        checkSize("weights", weights.length, batch, time);
    }

    /** A batch of padding alone. */
    public static PackedBatch empty(int batch, int time) {
        var size = Math.multiplyExact(batch, time);
        return new PackedBatch(batch, time, new int[size], new int[size], new int[size], new int[size],
                new float[size]);
    }

    /** What a model reads of this batch. */
    public TokenBatch tokenBatch() {
        return new TokenBatch(batch, time, ids, positions, segments);
    }

    /** The number of tokens that are not padding. */
    public int tokens() {
        var count = 0;
        for (var segment : segments) {
            count += segment > 0 ? 1 : 0;
        }
        return count;
    }

    /** The number of predictions that count in the loss. */
    public int countedTargets() {
        var count = 0;
        for (var weight : weights) {
            count += weight > 0 ? 1 : 0;
        }
        return count;
    }

    private static void checkSize(String name, int size, int batch, int time) {
        if (size != Math.multiplyExact(batch, time)) {
            throw new IllegalArgumentException(
                    name + " has " + size + " entries, not batch " + batch + " · time " + time);
        }
    }
}
