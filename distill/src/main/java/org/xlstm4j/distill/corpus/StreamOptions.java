package org.xlstm4j.distill.corpus;

import java.util.Objects;

/**
 * How a corpus is streamed.
 *
 * @param endless       whether sources begin again when they end; otherwise the stream ends with the source that ends
 *                      first, so that the mixture holds to the end
 * @param heldOut       which documents are read
 * @param corrupt       how many corrupt lines are let pass
 * @param shuffleTokens tokens that are shuffled and packed together, a block; what a stream reads again to go on. The
 *                      last rows of a block stay partly empty: it should have some hundreds of them
 * @param threads       threads that tokenise; the batches do not depend on them
 */
public record StreamOptions(boolean endless, HeldOut heldOut, CorruptLimit corrupt, long shuffleTokens, int threads) {
    private static final long SHUFFLE_TOKENS = 1L << 20;
    private static final long SHUFFLE_ROWS = 256;

    public StreamOptions {
        Objects.requireNonNull(heldOut, "heldOut");
        Objects.requireNonNull(corrupt, "corrupt");
        if (shuffleTokens < 1 || shuffleTokens > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("tokens to shuffle must be 1 to 2^31 - 1, was " + shuffleTokens);
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads must be at least 1, was " + threads);
        }
    }

    /** Tokens that are worth shuffling together in rows of so many: 2<sup>20</sup>, or 256 rows if that is more. */
    public static long shuffleTokensFor(int time) {
        return Math.max(SHUFFLE_TOKENS, SHUFFLE_ROWS * time);
    }

    /** One pass over everything, in blocks of 2<sup>20</sup> tokens, on as many threads as there are cores. */
    public static StreamOptions onePass() {
        return new StreamOptions(false, HeldOut.NOTHING, CorruptLimit.DEFAULT, SHUFFLE_TOKENS,
                Runtime.getRuntime().availableProcessors());
    }

    /** Pass after pass, for ever. */
    public static StreamOptions passes() {
        return onePass().withEndless(true);
    }

    /** The same, endless or not. */
    public StreamOptions withEndless(boolean other) {
        return new StreamOptions(other, heldOut, corrupt, shuffleTokens, threads);
    }

    /** The same of another part. */
    public StreamOptions withHeldOut(HeldOut other) {
        return new StreamOptions(endless, other, corrupt, shuffleTokens, threads);
    }

    /** The same with another limit of corrupt lines. */
    public StreamOptions withCorrupt(CorruptLimit other) {
        return new StreamOptions(endless, heldOut, other, shuffleTokens, threads);
    }

    /** The same with blocks of another size. */
    public StreamOptions withShuffleTokens(long other) {
        return new StreamOptions(endless, heldOut, corrupt, other, threads);
    }

    /** The same on so many threads. */
    public StreamOptions withThreads(int other) {
        return new StreamOptions(endless, heldOut, corrupt, shuffleTokens, other);
    }
}
