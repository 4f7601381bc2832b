package org.xlstm4j.merge.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.deeplearning4j.arbiter.optimize.api.Candidate;
import org.deeplearning4j.arbiter.optimize.api.CandidateGenerator;
import org.deeplearning4j.arbiter.optimize.api.OptimizationResult;
import org.deeplearning4j.arbiter.optimize.generator.BaseCandidateGenerator;
import org.deeplearning4j.arbiter.optimize.generator.RandomSearchGenerator;
import org.deeplearning4j.arbiter.optimize.serde.jackson.JsonMapper;
import org.junit.jupiter.api.Test;
import org.xlstm4j.merge.Coefficients;

class CmaEsGeneratorTest {
    private static final Coefficients OPTIMUM = Coefficients.of(0.35, 0.35, 0.2, 0.1);
    private static final double[] CENTRE = {0.5, 0.5, 0.5};

    @Test
    void needsFewerEvaluationsThanRandomSearch() {
        var cmaEs = new ArrayList<Integer>();
        var random = new ArrayList<Integer>();
        for (int seed = 0; seed < 10; seed++) {
            cmaEs.add(evaluationsTo(1e-3, generator(), seed));
            random.add(evaluationsTo(1e-3, new RandomSearchGenerator(new SimplexSpace(4)), seed));
        }

        assertThat(median(cmaEs)).as("CMA-ES %s, random %s", cmaEs, random).isLessThan(median(random) / 2);
    }

    private static int evaluationsTo(double distance, BaseCandidateGenerator<?> generator, long seed) {
        generator.setRngSeed(seed);
        for (int n = 1; n <= 2000; n++) {
            var candidate = generator.getCandidate();
            double score = -squaredDistance((Coefficients) candidate.getValue());
            if (score >= -distance) {
                return n;
            }
            report(generator, candidate, score);
        }
        return 2000;
    }

    private static int median(List<Integer> numbers) {
        return numbers.stream().sorted().toList().get(numbers.size() / 2);
    }

    @Test
    void findsAnOptimumOnTheEdge() {
        assertThat(best(coefficients -> coefficients.get(1), 200).get(1)).isGreaterThan(0.99);
    }

    @Test
    void aSearchSurvivesFailedCandidates() {
        ToDoubleFunction<Coefficients> halfFails = coefficients ->
                coefficients.get(0) < 0.3 ? Double.NaN : -squaredDistance(coefficients);

        assertThat(squaredDistance(best(halfFails, 200))).isLessThan(1e-3);
    }

    private static Coefficients best(ToDoubleFunction<Coefficients> score, int evaluations) {
        var generator = generator();
        generator.setRngSeed(5);
        Coefficients best = null;
        double bestScore = Double.NEGATIVE_INFINITY;
        for (int n = 0; n < evaluations; n++) {
            var candidate = generator.getCandidate();
            var coefficients = (Coefficients) candidate.getValue();
            double value = score.applyAsDouble(coefficients);
            if (value > bestScore) {
                best = coefficients;
                bestScore = value;
            }
            report(generator, candidate, Double.isNaN(value) ? null : value);
        }
        return best;
    }

    @Test
    void aGenerationThatFailedAsAWholeTeachesNothing() {
        var generator = generator();
        for (int n = 0; n < 70; n++) {
            report(generator, generator.getCandidate(), null);
        }

        assertThat(generator.hasMoreCandidates()).isTrue();
        assertThat(generator.getCandidate().getFlatParameters()).doesNotContain(Double.NaN);
    }

    @Test
    void theNextGenerationWaitsForEveryResult() {
        var generator = generator();
        var generation = new ArrayList<Candidate<?>>();
        while (generator.hasMoreCandidates()) {
            generation.add(generator.getCandidate());
        }
        assertThat(generation).hasSize(7);
        for (var candidate : generation) {
            assertThat(generator.hasMoreCandidates()).isFalse();
            report(generator, candidate, 1.0);
        }

        assertThat(generator.hasMoreCandidates()).isTrue();
    }

    @Test
    void survivesJson() throws Exception {
        var json = JsonMapper.getMapper().writeValueAsString(generator());
        var copy = (CmaEsGenerator) JsonMapper.getMapper().readValue(json, CandidateGenerator.class);
        var original = generator();
        copy.setRngSeed(3);
        original.setRngSeed(3);

        assertThat(copy.getCandidate().getFlatParameters()).isEqualTo(original.getCandidate().getFlatParameters());
    }

    @Test
    void badSettingsAreRefused() {
        var space = new SimplexSpace(4);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new CmaEsGenerator(space, new double[] {0.5}, 0.3, true))
                .withMessageContaining("has 1 numbers, the space has 3");
        assertThatIllegalArgumentException().isThrownBy(() -> new CmaEsGenerator(space, CENTRE, 0, true))
                .withMessageContaining("sigma must be positive");
    }

    private static CmaEsGenerator generator() {
        return new CmaEsGenerator(new SimplexSpace(4), CENTRE, 0.3, false);
    }

    private static void report(CandidateGenerator generator, Candidate<?> candidate, Double score) {
        generator.reportResults(new OptimizationResult(candidate, score, candidate.getIndex(), null, null, null));
    }

    private static double squaredDistance(Coefficients coefficients) {
        double distance = 0;
        for (int i = 0; i < coefficients.experts(); i++) {
            distance += Math.pow(coefficients.get(i) - OPTIMUM.get(i), 2);
        }
        return distance;
    }
}
