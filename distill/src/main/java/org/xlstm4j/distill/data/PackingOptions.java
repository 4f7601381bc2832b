package org.xlstm4j.distill.data;

/**
 * How documents are packed.
 *
 * @param time       tokens in a row, at least 2
 * @param batch      rows in a batch
 * @param answerOnly whether only answer tokens and the end token count in the loss; otherwise every token that has
 *                   one before it in its document does
 * @param seed       the seed of the shuffle; epoch e uses seed + e
 */
public record PackingOptions(int time, int batch, boolean answerOnly, long seed) {

    public PackingOptions {
        if (time < 2) {
            throw new IllegalArgumentException(
                    "rows of " + time + " tokens hold no prediction; time must be 2 or more");
        }
        if (batch < 1) {
            throw new IllegalArgumentException("batch must be 1 or more, not " + batch);
        }
    }

    /** The same with another seed. */
    public PackingOptions withSeed(long other) {
        return new PackingOptions(time, batch, answerOnly, other);
    }
}
