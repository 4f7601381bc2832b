package org.xlstm4j.merge.tune;

import java.util.Optional;
import org.xlstm4j.merge.Coefficients;

/**
 * One candidate and what came of it.
 *
 * @param index        its place among the candidates evaluated, from 0
 * @param coefficients the candidate
 * @param score        its score, higher is better; NaN if it failed
 * @param millis       time that the score took
 * @param failure      why it failed, empty if it did not
 */
public record Evaluation(int index, Coefficients coefficients, double score, long millis, Optional<String> failure) {
    /** Whether the candidate has no score. */
    public boolean failed() {
        return failure.isPresent();
    }
}
