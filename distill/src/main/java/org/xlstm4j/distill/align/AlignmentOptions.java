package org.xlstm4j.distill.align;

import org.xlstm4j.distill.train.AdamWOptions;
import org.xlstm4j.distill.train.WarmupCosine;

/**
 * The settings of stage I.
 *
 * @param steps     training steps, one batch each
 * @param optimizer AdamW's settings
 */
public record AlignmentOptions(int steps, AdamWOptions optimizer) {
    public AlignmentOptions {
        if (steps < 1) {
            throw new IllegalArgumentException("steps must be at least 1, was " + steps);
        }
    }

    /** The same settings with another optimiser's. */
    public AlignmentOptions withOptimizer(AdamWOptions settings) {
        return new AlignmentOptions(steps, settings);
    }

    /** The paper's schedule over {@code steps}: warm-up over a tenth to {@code peak}, cosine to 1e-5; no clipping. */
    public static AlignmentOptions of(int steps, double peak) {
        return new AlignmentOptions(steps,
                AdamWOptions.of(new WarmupCosine(peak, Math.min(peak, 1e-5), steps / 10, steps))
                        .withClipNorm(Double.POSITIVE_INFINITY));
    }
}
