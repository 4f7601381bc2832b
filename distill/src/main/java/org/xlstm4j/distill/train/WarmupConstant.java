package org.xlstm4j.distill.train;

import org.nd4j.linalg.schedule.ISchedule;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * A learning rate that rises linearly over the warm-up and stays: the paper's stage II. It does not depend on the
 * number of steps, so that training may go on for longer than was planned.
 *
 * @param rate        rate from the end of the warm-up on
 * @param warmupSteps steps of the rise; 0 for none
 */
public record WarmupConstant(@JsonProperty("rate") double rate, @JsonProperty("warmupSteps") int warmupSteps)
        implements ISchedule {

    public WarmupConstant {
        if (!(rate > 0) || rate == Double.POSITIVE_INFINITY) {
            throw new IllegalArgumentException("the learning rate must be positive, was " + rate);
        }
        if (warmupSteps < 0) {
            throw new IllegalArgumentException("warmupSteps must not be negative, was " + warmupSteps);
        }
    }

    @Override
    public double valueAt(int iteration, int epoch) {
        return iteration < warmupSteps ? rate * (iteration + 1) / warmupSteps : rate;
    }

    @Override
    public ISchedule clone() {
        return this;
    }
}
