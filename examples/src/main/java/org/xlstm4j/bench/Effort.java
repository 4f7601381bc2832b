package org.xlstm4j.bench;

import java.time.Duration;

/**
 * How long a call is measured. However slow it is, it runs once in every iteration.
 *
 * @param warmup     time before anything is measured
 * @param iterations iterations that are measured
 * @param iteration  time of one of them
 */
public record Effort(Duration warmup, int iterations, Duration iteration) {
    private static final int ENOUGH = 4;

    /** Enough for medians that can be compared. */
    public static final Effort FULL = new Effort(Duration.ofMillis(2000), 3, Duration.ofMillis(600));
    /** For a first look. */
    public static final Effort QUICK = new Effort(Duration.ofMillis(80), 1, Duration.ofMillis(150));

    /** The effort for a call that has run for some time already: without a warm-up where that was long enough. */
    Effort after(Duration run) {
        return run.compareTo(warmup.multipliedBy(ENOUGH)) < 0 ? this : new Effort(Duration.ZERO, iterations, iteration);
    }
}
