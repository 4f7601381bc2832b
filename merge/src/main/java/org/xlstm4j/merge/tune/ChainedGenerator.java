package org.xlstm4j.merge.tune;

import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * Two Arbiter generators of one space, one after the other: when the first has no more candidates, the second goes on
 * and counts on from where the first stopped. Both hear of every result.
 */
public final class ChainedGenerator implements CandidateGenerator {
    private final BaseCandidateGenerator<?> first;
    private final BaseCandidateGenerator<?> second;

    @JsonCreator
    public ChainedGenerator(@JsonProperty("first") BaseCandidateGenerator<?> first,
                            @JsonProperty("second") BaseCandidateGenerator<?> second) {
        this.first = first;
        this.second = second;
    }

    @Override
    public boolean hasMoreCandidates() {
        return first.hasMoreCandidates() || second.hasMoreCandidates();
    }

    @Override
    public synchronized Candidate<?> getCandidate() {
        if (!first.hasMoreCandidates()) {
            return second.getCandidate();
        }
        var candidate = first.getCandidate();
        second.getCandidateCounter().set(candidate.getIndex() + 1);
        return candidate;
    }

    @Override
    public void reportResults(OptimizationResult result) {
        first.reportResults(result);
        second.reportResults(result);
    }

    @Override
    public ParameterSpace<?> getParameterSpace() {
        return first.getParameterSpace();
    }

    @Override
    public void setRngSeed(long seed) {
        first.setRngSeed(seed);
        second.setRngSeed(seed);
    }

    @Override
    public Class<?> getCandidateType() {
        return first.getCandidateType();
    }

    @Override
    public String toString() {
        return first + ", then " + second;
    }
}
