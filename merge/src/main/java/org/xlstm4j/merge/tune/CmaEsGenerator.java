package org.xlstm4j.merge.tune;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.api.ParameterSpace;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;
import org.nd4j.shade.jackson.annotation.JsonProperty;

/**
 * CMA-ES as an Arbiter generator, over the numbers in [0, 1] behind any space of at least one parameter.
 *
 * <p>A generation may run in parallel; the next begins when all of it is reported. Results without a finite score
 * count as failed and rank last. Arbiter's runner reports no failed candidates: the task creator has to, with a score
 * of null.
 */
@JsonIgnoreProperties({"rng", "candidateCounter", "dataParameters", "initDone"})
public final class CmaEsGenerator extends BaseCandidateGenerator<Object> {
    private final double[] mean;
    private final double sigma;
    private final boolean minimize;

    private final transient CmaEs strategy;
    private final transient Map<Integer, double[]> awaited = new HashMap<>();
    private final transient List<CmaEs.Scored> reported = new ArrayList<>();

    /**
     * @param parameterSpace the space to search
     * @param mean           where the search starts, a number in [0, 1] for every parameter
     * @param sigma          the first generation's standard deviation, such as 0.3
     * @param minimize       whether lower scores are better
     */
    @JsonCreator
    public CmaEsGenerator(@JsonProperty("parameterSpace") ParameterSpace<?> parameterSpace,
                          @JsonProperty("mean") double[] mean, @JsonProperty("sigma") double sigma,
                          @JsonProperty("minimize") boolean minimize) {
        super(untyped(parameterSpace), null, false);
        if (mean.length == 0 || mean.length != parameterSpace.numParameters()) {
            throw new IllegalArgumentException("the mean has " + mean.length + " numbers, the space has "
                    + parameterSpace.numParameters() + " parameters: give one for every parameter, at least one");
        }
        if (!(sigma > 0 && sigma < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("sigma must be positive and finite, was " + sigma);
        }
        this.mean = mean.clone();
        this.sigma = sigma;
        this.minimize = minimize;
        strategy = new CmaEs(mean, sigma);
        initialize();
    }

    @SuppressWarnings("unchecked") // The values pass through unread.
    private static ParameterSpace<Object> untyped(ParameterSpace<?> space) {
        return (ParameterSpace<Object>) space;
    }

    @Override
    public synchronized boolean hasMoreCandidates() {
        return awaited.size() + reported.size() < strategy.populationSize();
    }

    @Override
    public synchronized Candidate<Object> getCandidate() {
        var u = strategy.ask(rng);
        int index = candidateCounter.getAndIncrement();
        awaited.put(index, u);
        return new Candidate<>(parameterSpace.getValue(u), index, u);
    }

    /** Takes the result of one of this generator's candidates; others' are left aside. */
    @Override
    public synchronized void reportResults(OptimizationResult result) {
        var u = awaited.remove(result.getIndex());
        if (u == null) {
            return;
        }
        Double score = result.getScore();
        boolean failed = score == null || !Double.isFinite(score);
        reported.add(new CmaEs.Scored(u, failed ? Double.POSITIVE_INFINITY : minimize ? score : -score));
        if (reported.size() == strategy.populationSize()) {
            strategy.tell(reported);
            reported.clear();
        }
    }

    @Override
    public Class<?> getCandidateType() {
        return null;
    }

    @Override
    public String toString() {
        return "CmaEsGenerator(sigma=" + sigma + ")";
    }
}
