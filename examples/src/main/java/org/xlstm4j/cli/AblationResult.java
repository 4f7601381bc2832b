package org.xlstm4j.cli;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What an ablation found.
 *
 * @param plan         what was compared
 * @param teacher      the teacher, measured as the students are; its seed and its seconds are 0
 * @param outcomes     every student of every seed
 * @param beyondWindow the share of the held-out predictions that have text behind the plan's window
 * @param seconds      the whole time
 * @param peakBytes    most memory the process held
 */
record AblationResult(AblationPlan plan, Outcome teacher, List<Outcome> outcomes, double beyondWindow, double seconds,
                      long peakBytes) {

    AblationResult {
        outcomes = List.copyOf(outcomes);
    }

    /**
     * What became of a student.
     *
     * @param arm            its name
     * @param seed           its seed
     * @param crossEntropy   on held-out text
     * @param kl             from the teacher, on held-out text
     * @param exactMatch     the mean over the tasks' held-out items; NaN where they were not scored
     * @param alignSeconds   time of stage I, beside other students
     * @param distillSeconds time of stage II, beside other students
     */
    record Outcome(String arm, long seed, double crossEntropy, double kl, double exactMatch, double alignSeconds,
                   double distillSeconds) {
        double seconds() {
            return alignSeconds + distillSeconds;
        }
    }

    /** A figure of a student over the seeds. */
    Spread spread(AblationPlan.Arm arm, ToDoubleFunction<Outcome> figure) {
        return Spread.of(values(arm, figure));
    }

    /** How a figure changes from one student to the other, seed by seed. */
    Spread change(AblationPlan.Comparison pair, ToDoubleFunction<Outcome> figure) {
        return Spread.of(changes(pair, figure));
    }

    /** In how many seeds a figure is lower of the second student. */
    int lower(AblationPlan.Comparison pair, ToDoubleFunction<Outcome> figure) {
        int count = 0;
        for (double change : changes(pair, figure)) {
            count += change < 0 ? 1 : 0;
        }
        return count;
    }

    private double[] changes(AblationPlan.Comparison pair, ToDoubleFunction<Outcome> figure) {
        var changes = values(pair.to(), figure);
        var from = values(pair.from(), figure);
        for (int i = 0; i < changes.length; i++) {
            changes[i] -= from[i];
        }
        return changes;
    }

    /** In the seeds' order. */
    private double[] values(AblationPlan.Arm arm, ToDoubleFunction<Outcome> figure) {
        return plan.settings().seeds().stream().mapToDouble(seed -> figure.applyAsDouble(outcomes.stream()
                .filter(outcome -> outcome.arm().equals(arm.name()) && outcome.seed() == seed)
                .findFirst().orElseThrow())).toArray();
    }
}
