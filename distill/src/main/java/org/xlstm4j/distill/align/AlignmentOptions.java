package org.xlstm4j.distill.align;

import org.xlstm4j.distill.train.AdamWOptions;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.WarmupCosine;

/**
 * The settings of stage I.
 *
 * @param steps     training steps, one batch each
 * @param optimizer AdamW's settings
 * @param badSteps  how many steps of a layer in a row whose loss or gradient is not finite are passed over before
 *                  training stops; 0 stops at the first
 */
public record AlignmentOptions(int steps, AdamWOptions optimizer, int badSteps) {
    public AlignmentOptions {
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1, was " + steps);
        }
        if (badSteps < 0) {
            throw new IllegalArgumentException("bad steps to pass over must not be negative, were " + badSteps);
        }
    }

    /** The same settings with another optimiser's. */
    public AlignmentOptions withOptimizer(AdamWOptions settings) {
        return new AlignmentOptions(steps, settings, badSteps);
    }

    /** The same settings with another number of bad steps in a row that are passed over. */
    public AlignmentOptions withBadSteps(int inARow) {
        return new AlignmentOptions(steps, optimizer, inARow);
    }

    /** The paper's schedule over {@code steps}: warm-up over a tenth to {@code peak}, cosine to 1e-5; no clipping. */
    public static AlignmentOptions of(int steps, double peak) {
        return new AlignmentOptions(steps,
                AdamWOptions.of(new WarmupCosine(peak, Math.min(peak, 1e-5), steps / 10, steps))
                        .withClipNorm(Double.POSITIVE_INFINITY), DistillationOptions.DEFAULT_BAD_STEPS);
    }
}
