package org.xlstm4j.distill.train;

import java.util.Map;
import java.util.Objects;
import org.nd4j.linalg.schedule.ISchedule;
import org.xlstm4j.distill.resume.RunSettings;

/**
 * The settings of {@link AdamW}.
 *
 * @param schedule    learning rate by step
 * @param weightDecay decoupled decay, a step's share being rate · weightDecay
 * @param clipNorm    largest global norm of the gradients
 * @param beta1       decay of the first moment
 * @param beta2       decay of the second moment
 * @param epsilon     added to the root of the second moment, before its bias is corrected
 * @param decaying    which parameters decay
 */
public record AdamWOptions(ISchedule schedule, double weightDecay, double clipNorm, double beta1, double beta2,
                           double epsilon, WeightDecay decaying) {
    public AdamWOptions {
        Objects.requireNonNull(schedule, "schedule");
        Objects.requireNonNull(decaying, "decaying");
        if (!(weightDecay >= 0)) {
            throw new IllegalArgumentException("weightDecay must not be negative, was " + weightDecay);
        }
        if (!(clipNorm > 0)) {
            throw new IllegalArgumentException("clipNorm must be positive, was " + clipNorm);
        }
    }

    /** The same where decay leaves out norms, biases and gates. */
    public AdamWOptions(ISchedule schedule, double weightDecay, double clipNorm, double beta1, double beta2,
                        double epsilon) {
        this(schedule, weightDecay, clipNorm, beta1, beta2, epsilon, WeightDecay.BUT_GATES);
    }

    /** The paper's: weight decay 0.1, clipping at 1, betas 0.9 and 0.95. */
    public static AdamWOptions of(ISchedule schedule) {
        return new AdamWOptions(schedule, 0.1, 1, 0.9, 0.95, 1e-8);
    }

    /** All settings as text, by name, for a checkpoint to be gone on from with the same. */
    public Map<String, String> settings() {
        return Map.of("schedule", RunSettings.describe(schedule), "weight decay", Double.toString(weightDecay),
                "clipping", Double.toString(clipNorm), "beta1", Double.toString(beta1), "beta2", Double.toString(beta2),
                "epsilon", Double.toString(epsilon), "decaying", decaying.toString());
    }

    /** The same settings with another schedule. */
    public AdamWOptions withSchedule(ISchedule other) {
        return new AdamWOptions(other, weightDecay, clipNorm, beta1, beta2, epsilon, decaying);
    }

    /** The same settings with another bound of the gradients' norm; infinity for none. */
    public AdamWOptions withClipNorm(double norm) {
        return new AdamWOptions(schedule, weightDecay, norm, beta1, beta2, epsilon, decaying);
    }

    /** The same settings where other parameters decay. */
    public AdamWOptions withDecaying(WeightDecay parameters) {
        return new AdamWOptions(schedule, weightDecay, clipNorm, beta1, beta2, epsilon, parameters);
    }
}
