package org.xlstm4j.merge.tune;

import java.time.Duration;
import org.deeplearning4j.arbiter.optimize.api.termination.TerminationCondition;
import org.deeplearning4j.arbiter.optimize.runner.IOptimizationRunner;

/**
 * Ends a search after so many evaluations, or when its generator is exhausted, its time is up, or a defect showed.
 *
 * <p>Arbiter's runner waits for ever for an exhausted generator; its own time limit can strike in the second that it
 * waits before the first candidate, which is always evaluated here.
 */
final class SearchEnd implements TerminationCondition {
    private final int evaluations;
    private final double maxSeconds;
    private final transient Evaluator evaluator;
    private transient long startNanos;

    SearchEnd(int evaluations, Duration maxTime, Evaluator evaluator) {
        this.evaluations = evaluations;
        this.maxSeconds = maxTime.getSeconds() + maxTime.getNano() * 1e-9;
        this.evaluator = evaluator;
    }

    @Override
    public void initialize(IOptimizationRunner runner) {
        startNanos = System.nanoTime();
    }

    @Override
    public boolean terminate(IOptimizationRunner runner) {
        boolean begun = runner.numCandidatesTotal() > 0;
        boolean late = (System.nanoTime() - startNanos) * 1e-9 >= maxSeconds;
        boolean exhausted = runner.numCandidatesQueued() == 0
                && !runner.getConfiguration().getCandidateGenerator().hasMoreCandidates();
        boolean enough = evaluator.evaluations().size() >= evaluations;
        return enough || begun && late || exhausted || evaluator.defect().isPresent();
    }

    @Override
    public String toString() {
        return "SearchEnd(evaluations=" + evaluations + ", maxSeconds=" + maxSeconds + ")";
    }
}
