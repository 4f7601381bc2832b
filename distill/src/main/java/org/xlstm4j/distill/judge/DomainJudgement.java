package org.xlstm4j.distill.judge;

/**
 * A student on the tasks of one domain.
 *
 * @param tasks      how many there are
 * @param recovery   the mean recovery rate of those that have one
 * @param rateAtZero C_0 on these tasks
 */
public record DomainJudgement(String domain, int tasks, Estimate recovery, Estimate rateAtZero) {
}
