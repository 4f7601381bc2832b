package org.xlstm4j.distill.train;

import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A learning rate that rises linearly to its peak over the warm-up, then falls along a half cosine to its end. With an
 * end equal to the peak it is a warm-up to a constant.
 *
 * @param peak        rate at the end of the warm-up
 * @param end         rate at the last step
 * @param warmupSteps steps of the rise; 0 for none
 * @param steps       steps in all
 */
public record WarmupCosine(@JsonProperty("peak") double peak, @JsonProperty("end") double end,
                           @JsonProperty("warmupSteps") int warmupSteps, @JsonProperty("steps") int steps)
        implements ISchedule {

    public WarmupCosine {
        if (!(peak > 0) || !(end >= 0) || end > peak) {
            throw new IllegalArgumentException(
                    "learning rates need 0 <= end <= peak and peak > 0, were " + end + " and " + peak);
        }
        if (warmupSteps < 0 || steps < 1) {
            throw new IllegalArgumentException("schedule needs steps >= 1 and warmupSteps >= 0, were " + steps
                    + " and " + warmupSteps);
        }
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        if (iteration < warmupSteps) {
            return peak * (iteration + 1) / warmupSteps;
        }
        double progress = Math.min(1, (double) (iteration - warmupSteps) / Math.max(1, steps - 1 - warmupSteps));
        return end + (peak - end) * (1 + Math.cos(Math.PI * progress)) / 2;
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
