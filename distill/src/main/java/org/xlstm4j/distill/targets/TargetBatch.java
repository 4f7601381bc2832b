package org.xlstm4j.distill.targets;

import org.xlstm4j.distill.data.PackedBatch;

/**
 * A batch with its teacher's targets. In the padding they are uniform over ids from 0 on: finite, and without meaning.
 *
 * @param tokens               the packed rows
 * @param ids                  the teacher's likeliest ids, [batch · time · k], likeliest first
 * @param logProbabilities     the teacher's log-probabilities at these ids, [batch · time · k]; none is positive, none
 *                             below −32, and those of a token have a mass of at most 1, the tail's included
 * @param tailLogProbabilities the logarithm of the mass that all other ids have together, [batch · time], −32 for none;
 *                             empty if the store does not keep it
 */
public record TargetBatch(PackedBatch tokens, int[] ids, float[] logProbabilities, float[] tailLogProbabilities) {
    public TargetBatch {
        int size = tokens.batch() * tokens.time();
        if (ids.length % size != 0 || logProbabilities.length != ids.length) {
            throw new IllegalArgumentException(ids.length + " ids and " + logProbabilities.length
                    + " log-probabilities are not as many for each of " + size + " tokens");
        }
        if (tailLogProbabilities.length != 0 && tailLogProbabilities.length != size) {
            throw new IllegalArgumentException(tailLogProbabilities.length + " tails for " + size + " tokens");
        }
    }

    /** A batch without the tail. */
    public TargetBatch(PackedBatch tokens, int[] ids, float[] logProbabilities) {
        this(tokens, ids, logProbabilities, new float[0]);
    }

    /** Room for the targets of {@code tokens}, to be filled. */
    static TargetBatch of(PackedBatch tokens, StoreHeader header) {
        int size = tokens.batch() * tokens.time();
        int pairs = Math.multiplyExact(size, header.topK());
        return new TargetBatch(tokens, new int[pairs], new float[pairs], new float[header.tail() ? size : 0]);
    }

    /** Gives a token of the padding something finite that sums to 1, for nothing is learnt there. */
    void fillPadding(int token) {
        int k = ids.length / tokens.ids().length;
        for (int i = 0; i < k; i++) {
            ids[token * k + i] = i;
            logProbabilities[token * k + i] = (float) -Math.log(k);
        }
        if (tailLogProbabilities.length > 0) {
            tailLogProbabilities[token] = LogCodes.LOWEST;
        }
    }
}
