package org.xlstm4j.distill.train;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What steps that are not finite lead to. With activations in half the loss is multiplied by a scale, lest small
 * gradients vanish: it is halved where a gradient overflows, and doubled after {@value #GROWTH_STEPS} good steps. Other
 * bad steps are counted, and too many in a row stop training.
 */
public final class StepGuard {
    private static final int GROWTH_STEPS = 2000;
    private static final double FIRST_SCALE = 1 << 16;
    private static final double LARGEST_SCALE = 1 << 24;

    private final int passedOver;
    private final boolean scales;
    private State state;

    /**
     * What a checkpoint keeps.
     *
     * @param scale   what losses are multiplied by
     * @param good    good steps since it last changed
     * @param inARow  bad steps in a row
     * @param skipped steps passed over, those of too large a scale included
     */
    public record State(double scale, int good, int inARow, int skipped) {
    }

    /**
     * @param passedOver  bad steps in a row that do not stop training
     * @param activations their type; of HALF losses are scaled
     */
    public StepGuard(int passedOver, DataType activations) {
        this.passedOver = passedOver;
        this.scales = activations == DataType.HALF;
        this.state = new State(scales ? FIRST_SCALE : 1, 0, 0, 0);
    }

    /** What losses are to be multiplied by. */
    public double scale() {
        return state.scale();
    }

    /** What a checkpoint keeps. */
    public State state() {
        return state;
    }

    /** Goes back to a state. */
    public void restore(State saved) {
        this.state = saved;
    }

    /** Takes note of a step that was finite. */
    public void good() {
        boolean grows = scales && state.good() + 1 == GROWTH_STEPS;
        state = new State(grows ? Math.min(LARGEST_SCALE, 2 * state.scale()) : state.scale(),
                grows ? 0 : state.good() + 1, 0, state.skipped());
    }

    /**
     * Takes note of a step that was not finite.
     *
     * @param norm NaN where the loss already was not finite
     * @throws TrainingDivergedException if it is one too many
     */
    public SkippedStep bad(int step, String place, double loss, double norm) {
        double scale = state.scale();
        boolean overflow = scale > 1 && Double.isFinite(loss);
        int inARow = overflow ? state.inARow() : state.inARow() + 1;
        state = new State(Math.max(1, scale / 2), 0, inARow, state.skipped() + 1);
        var skipped = new SkippedStep(step, place, loss, norm, scale, overflow ? 0 : inARow);
        if (!overflow && inARow > passedOver) {
            throw new TrainingDivergedException(skipped);
        }
        return skipped;
    }
}
