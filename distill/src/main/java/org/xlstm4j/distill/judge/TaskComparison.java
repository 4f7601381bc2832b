package org.xlstm4j.distill.judge;

/**
 * Teacher and student on one task.
 *
 * @param task    the name of the task
 * @param teacher the teacher's score A_T, 0 or more
 * @param student the student's score A_S, 0 or more, on the same scale
 */
public record TaskComparison(String task, double teacher, double student) {
    /** Scores this close, as a share of A_T, count as equal: rounding must not turn a tie into a loss. */
    static final double TOLERANCE = 1e-12;

    public TaskComparison {
        check(task, "teacher", teacher);
        check(task, "student", student);
    }

    /** The recovery rate A_S / A_T; NaN, for undefined, where the teacher's score is 0. */
    public double recovery() {
        return teacher == 0 ? Double.NaN : student / teacher;
    }

    /** Whether the task counts as won or tied at tolerance α: A_S ≥ (1 − α)·A_T, up to 1e-12 of A_T. */
    public boolean winOrTie(double alpha) {
        WinAndTie.checkAlpha(alpha);
        return student >= (1 - alpha) * teacher - TOLERANCE * teacher;
    }

    /** The smallest α at which the task counts as won or tied: max(0, 1 − A_S / A_T); 0 where the teacher scores 0. */
    public double criticalAlpha() {
        return winOrTie(0) ? 0 : 1 - student / teacher;
    }

    private static void check(String task, String who, double score) {
        if (!(score >= 0 && score < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException(
                    "the " + who + "'s score on " + task + " is " + score + "; scores must be finite and 0 or more");
        }
    }
}
