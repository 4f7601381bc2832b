package org.xlstm4j.model;

import java.util.List;

/**
 * Token sequences of one length as a model reads them; all arrays are flat [batch · time], row by row.
 *
 * @param batch     rows
 * @param time      tokens a row
 * @param ids       token ids
 * @param positions positions within the document, from 0
 * @param segments  the number of the token's document within its row; 0 for padding
 */
public record TokenBatch(int batch, int time, int[] ids, int[] positions, int[] segments) {

    public TokenBatch {
        requireLength("ids", ids, batch, time);
        requireLength("positions", positions, batch, time);
        requireLength("segments", segments, batch, time);
    }

    private static void requireLength(String name, int[] array, int batch, int time) {
        if (array.length != batch * time) {
            throw new IllegalArgumentException(
                    name + " has " + array.length + " entries instead of " + batch + " × " + time);
        }
    }

    /** The number of tokens that are not padding. */
    public int countTokens() {
        int count = 0;
        for (int segment : segments) {
            count += segment > 0 ? 1 : 0;
        }
        return count;
    }

    /** Sequences of any lengths, one a row, padded on the left to {@code time} tokens. */
    public static TokenBatch leftPadded(List<int[]> sequences, int time) {
        int batch = sequences.size();
        var ids = new int[batch * time];
        var positions = new int[batch * time];
        var segments = new int[batch * time];
        for (int row = 0; row < batch; row++) {
            var sequence = sequences.get(row);
            if (sequence.length > time) {
                throw new IllegalArgumentException(
                        "a sequence of " + sequence.length + " tokens does not fit into " + time);
            }
            int start = row * time + time - sequence.length;
            System.arraycopy(sequence, 0, ids, start, sequence.length);
            for (int i = 0; i < sequence.length; i++) {
                positions[start + i] = i;
                segments[start + i] = 1;
            }
        }
        return new TokenBatch(batch, time, ids, positions, segments);
    }
}
