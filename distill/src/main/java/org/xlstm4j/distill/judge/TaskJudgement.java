package org.xlstm4j.distill.judge;

/**
 * A student on one task.
 *
 * @param domain      the task's domain
 * @param measure     what was measured; of what is better low, the comparison is by the reciprocal
 * @param reciprocal  whether it is
 * @param teacher     the teacher's score on the measure's own scale
 * @param student     the student's score on that scale
 * @param comparison  the two as they are compared
 * @param recovery    A_S / A_T; without a value where the teacher scores 0
 * @param uncertainty where the interval comes from
 */
public record TaskJudgement(String domain, String measure, boolean reciprocal, double teacher, double student,
                            TaskComparison comparison, Estimate recovery, Uncertainty uncertainty) {

    /** The name of the task. */
    public String task() {
        return comparison.task();
    }

    /** {@code tie}, {@code win} or {@code loss}, at α = 0. */
    public String outcome() {
        if (!comparison.winOrTie(0)) {
            return "loss";
        }
        var reverse = new TaskComparison(task(), comparison.student(), comparison.teacher());
        return reverse.winOrTie(0) ? "tie" : "win";
    }
}
