package org.xlstm4j.distill.targets;

import java.util.Objects;

/**
 * What a target store says of itself, at its beginning. How many rows it has is said at its end, for that may not be
 * known before.
 *
 * @param format     version of the layout, {@value #FORMAT}
 * @param teacher    fingerprint of the teacher's weights
 * @param tokenizer  fingerprint of the tokenizer
 * @param vocabSize  the teacher's vocabulary, the width of its logits
 * @param topK       ids and log-probabilities a token
 * @param values     how log-probabilities are stored, {@value #VALUES}
 * @param tail       whether the mass of all other ids is stored, too
 * @param data       fingerprint of the data in their order
 * @param time       tokens a row
 * @param answerOnly whether the loss counts answers alone
 * @param seed       seed of the packing
 */
public record StoreHeader(int format, String teacher, String tokenizer, int vocabSize, int topK, String values,
                          boolean tail, String data, int time, boolean answerOnly, long seed) {
    /** The layout that this release writes. */
    public static final int FORMAT = 2;
    /** Sixteen bits each, linear in the logarithm, of a step that is chosen for every token. */
    public static final String VALUES = "linear16";

    public StoreHeader {
        if (format != FORMAT) {
            throw new IllegalArgumentException("format " + format + " is not known; this release reads " + FORMAT
                    + ": capture the store again");
        }
        if (!VALUES.equals(values)) {
            throw new IllegalArgumentException(
                    "values of type " + values + " are not known; this release reads " + VALUES);
        }
        Objects.requireNonNull(teacher, "teacher");
        Objects.requireNonNull(tokenizer, "tokenizer");
        Objects.requireNonNull(data, "data");
        if (topK < 1 || topK > vocabSize) {
            throw new IllegalArgumentException("top_k " + topK + " does not fit a vocabulary of " + vocabSize);
        }
        if (time < 1) {
            throw new IllegalArgumentException("rows of " + time + " tokens are empty");
        }
        if (longestBlock(vocabSize, topK, tail, time) > Integer.MAX_VALUE / 2) {
            throw new IllegalArgumentException("rows of " + time + " tokens with " + topK
                    + " ids each are too large: shorten them or lower the top-k");
        }
    }

    /** The most bytes of a row's block, but for its documents' bounds, a few bytes a document. */
    private static long usualBlock(int vocabSize, int topK, boolean tail, int time) {
        long bits = bits(vocabSize) + (long) topK * Math.max(RowCodec.UPPER_BITS, bits(vocabSize))
                + (tail ? Short.SIZE : 0) + LogCodes.mostBits(topK);
        return (time * bits + Byte.SIZE - 1) / Byte.SIZE + Integer.BYTES + Block.FRAME_BYTES;
    }

    private static int bits(int vocabSize) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(vocabSize - 1);
    }

    private static long longestBlock(int vocabSize, int topK, boolean tail, int time) {
        return usualBlock(vocabSize, topK, tail, time) + (long) time * TokenCodes.MOST_BYTES_BESIDE_ID;
    }

    /** Bits of a token id. */
    int idBits() {
        return bits(vocabSize);
    }

    /** More bytes than a row's block may have. */
    int longestBlock() {
        return (int) longestBlock(vocabSize, topK, tail, time);
    }

    /** The header of a store of other data, captured alike. */
    StoreHeader withData(String fingerprint) {
        return new StoreHeader(format, teacher, tokenizer, vocabSize, topK, values, tail, fingerprint, time, answerOnly,
                seed);
    }

    /** The most bytes that a store of so many rows takes, but for the documents' bounds, a few bytes a document. */
    public long mostBytes(long rows) {
        return Math.multiplyExact(rows, usualBlock(vocabSize, topK, tail, time) + StoreIndex.BYTES_A_ROW);
    }
}
