package org.xlstm4j.distill.judge;

import java.util.Objects;

/**
 * How students are judged.
 *
 * @param level         of the confidence intervals, such as 0.95
 * @param draws         of the bootstrap, 0 for no intervals
 * @param seed          of the draws
 * @param resampleTasks whether each draw takes the tasks with replacement, too, for how the judgement would be on
 *                      other tasks of the kind; otherwise it is on these tasks
 * @param common        whether tasks that not all models have a score on are left out; otherwise they are an error
 * @param domains       the tasks' domains
 */
public record JudgeOptions(double level, int draws, long seed, boolean resampleTasks, boolean common,
                           Domains domains) {

    public JudgeOptions {
        Objects.requireNonNull(domains, "domains");
        if (!(level > 0 && level < 1)) {
            throw new IllegalArgumentException("the level of confidence must lie between 0 and 1, not " + level);
        }
        if (draws < 0 || draws == 1) {
            throw new IllegalArgumentException("the bootstrap needs 2 draws or more, or 0 for none, not " + draws);
        }
    }

    /** Intervals at 0.95 from 2,000 draws within these tasks, which all models must have. */
    public static JudgeOptions defaults() {
        return new JudgeOptions(0.95, 2000, 0, false, false, Domains.byPrefix());
    }

    /** These options with so many draws. */
    public JudgeOptions withDraws(int number) {
        return new JudgeOptions(level, number, seed, resampleTasks, common, domains);
    }

    /** These options with another seed. */
    public JudgeOptions withSeed(long other) {
        return new JudgeOptions(level, draws, other, resampleTasks, common, domains);
    }

    /** These options with tasks drawn, too, or not. */
    public JudgeOptions withResampledTasks(boolean wanted) {
        return new JudgeOptions(level, draws, seed, wanted, common, domains);
    }

    /** These options with the tasks that all models have, or with all tasks. */
    public JudgeOptions withCommon(boolean wanted) {
        return new JudgeOptions(level, draws, seed, resampleTasks, wanted, domains);
    }

    /** These options with other domains. */
    public JudgeOptions withDomains(Domains other) {
        return new JudgeOptions(level, draws, seed, resampleTasks, common, other);
    }
}
