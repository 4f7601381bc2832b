package org.xlstm4j.merge.tune;

import java.util.List;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.nd4j.shade.jackson.annotation.JsonCreator;
import org.nd4j.shade.jackson.annotation.JsonIgnoreProperties;
import org.nd4j.shade.jackson.annotation.JsonProperty;
import org.xlstm4j.merge.Coefficients;

/** An Arbiter generator of given coefficients, in their order, which ends with them. */
@JsonIgnoreProperties({"rng", "candidateCounter", "dataParameters", "initDone"})
public final class ListedGenerator extends BaseCandidateGenerator<Coefficients> {
    private final double[][] points;

    /** Generates {@code points} of {@code space}, each of as many coefficients as the space has experts. */
    public ListedGenerator(SimplexSpace space, List<Coefficients> points) {
        this(space, points.stream()
                .map(point -> point.values().stream().mapToDouble(Double::doubleValue).toArray())
                .toArray(double[][]::new));
    }

    @JsonCreator
    ListedGenerator(@JsonProperty("parameterSpace") SimplexSpace parameterSpace,
                    @JsonProperty("points") double[][] points) {
        super(parameterSpace, null, false);
        this.points = points;
        initialize();
    }

    @Override
    public boolean hasMoreCandidates() {
        return candidateCounter.get() < points.length;
    }

    @Override
    public Candidate<Coefficients> getCandidate() {
        int index = candidateCounter.getAndIncrement();
        var point = Coefficients.of(points[index]);
        return new Candidate<>(point, index, ((SimplexSpace) parameterSpace).flatParameters(point));
    }

    @Override
    public Class<?> getCandidateType() {
        return Coefficients.class;
    }

    @Override
    public String toString() {
        return "ListedGenerator(" + points.length + " points)";
    }
}
