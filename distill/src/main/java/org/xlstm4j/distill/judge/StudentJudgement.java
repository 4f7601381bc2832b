package org.xlstm4j.distill.judge;

import java.util.List;

/**
 * A student against its teacher.
 *
 * @param name          of the student
 * @param winAndTie     the comparison of the scores as they are, with its curve
 * @param rateAtZero    C_0
 * @param criticalAlpha α*
 * @param meanRecovery  the mean recovery rate of the tasks that have one
 * @param tasks         by name
 * @param domains       by name
 * @param curve         C_α with its band on an even grid from α = 0 to where every student's curve has risen to 1; the
 *                      curve itself steps at the tasks' critical α
 */
public record StudentJudgement(String name, WinAndTie winAndTie, Estimate rateAtZero, Estimate criticalAlpha,
                               Estimate meanRecovery, List<TaskJudgement> tasks, List<DomainJudgement> domains,
                               List<CurvePoint> curve) {

    /** C_α at one α. */
    public record CurvePoint(double alpha, Estimate rate) {
    }

    public StudentJudgement {
        tasks = List.copyOf(tasks);
        domains = List.copyOf(domains);
        curve = List.copyOf(curve);
    }
}
