package org.xlstm4j.distill.corpus;

import java.util.SplittableRandom;

/** Seeds that are derived from others, and as independent as if they had been drawn. */
final class Seeds {
    private Seeds() {
    }

    /** The seed of the given number below {@code seed}. */
    static long derive(long seed, long number) {
        return new SplittableRandom(new SplittableRandom(seed).nextLong() ^ number).nextLong();
    }
}
