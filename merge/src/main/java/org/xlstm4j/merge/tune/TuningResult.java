package org.xlstm4j.merge.tune;

import java.util.List;

/**
 * What a search found.
 *
 * @param evaluations every candidate scored or failed, in order; the uniform coefficients first
 */
public record TuningResult(List<Evaluation> evaluations) {
    public TuningResult {
        evaluations = List.copyOf(evaluations);
    }

    /**
     * The candidate of the highest score, the earliest among equals; never below the uniform coefficients.
     *
     * @throws IllegalStateException if every candidate failed
     */
    public Evaluation best() {
        Evaluation best = null;
        for (var evaluation : evaluations) {
            if (!evaluation.failed() && (best == null || evaluation.score() > best.score())) {
                best = evaluation;
            }
        }
        if (best == null) {
            throw new IllegalStateException("none of the " + evaluations.size()
                    + " candidates could be scored; the first failed with: " + uniform().failure().orElseThrow());
        }
        return best;
    }

    /** The uniform coefficients, which the search tries first. */
    public Evaluation uniform() {
        return evaluations.get(0);
    }
}
