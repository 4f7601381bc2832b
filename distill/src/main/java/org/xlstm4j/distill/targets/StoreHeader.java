package org.xlstm4j.distill.targets;

/**
 * What a target store says of itself.
 *
 * @param format      version of the layout, {@value #FORMAT}
 * @param teacher     fingerprint of the teacher's weights
 * @param tokenizer   fingerprint of the tokenizer
 * @param vocabSize   the teacher's vocabulary
 * @param topK        ids and log-probabilities a position
 * @param time        tokens a row
 * @param rows        rows
 * @param answerOnly  whether the loss counts answers alone
 * @param seed        seed of the packing
 */
public record StoreHeader(int format, String teacher, String tokenizer, int vocabSize, int topK, int time, int rows,
                          boolean answerOnly, long seed) {
    static final int FORMAT = 1;

    public StoreHeader {
        if (format != FORMAT) {
            throw new IllegalArgumentException("format " + format + " is not known; this release reads " + FORMAT);
        }
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException("top_k " + topK + " does not fit a vocabulary of " + vocabSize);
        }
        if (time < 1 || rows < 1) {
            throw new IllegalArgumentException("a store of " + rows + " rows of " + time + " tokens is empty");
        }
    }

    /** Bytes of a row with its checksum: ids, positions, segments, targets, weights and the top-k pairs. */
    int rowBytes() {
        return Math.addExact(Math.multiplyExact(time, Math.addExact(5 * 4, Math.multiplyExact(topK, 8))), 4);
    }
}
