package org.xlstm4j.cli;

import org.nd4j.linalg.schedule.ISchedule;
import org.xlstm4j.distill.train.WarmupConstant;
import org.xlstm4j.distill.train.WarmupCosine;
import picocli.CommandLine.Option;

/** The options of learning rates over the steps. */
final class ScheduleOptions {
    /** What follows the warm-up. */
    private enum Kind { COSINE, CONSTANT }

    @Option(names = "--schedule", defaultValue = "cosine", paramLabel = "KIND",
            description = "What follows the warm-up, cosine or constant; with constant and a --warmup, more --steps may"
                    + " be added later (default: ${DEFAULT-VALUE}).")
    private Kind kind;

    @Option(names = "--warmup", paramLabel = "N",
            description = "Steps over which the rate rises to its highest (default: a tenth of the steps).")
    private Integer warmup;

    /**
     * The schedule over {@code steps}.
     *
     * @throws IllegalArgumentException if it cannot be
     */
    ISchedule schedule(double rate, double end, int steps) {
        int rise = warmup == null ? steps / 10 : warmup;
        return switch (kind) {
            case COSINE -> new WarmupCosine(rate, Math.min(rate, end), rise, steps);
            case CONSTANT -> new WarmupConstant(rate, rise);
        };
    }
}
