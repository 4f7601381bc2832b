package org.xlstm4j.merge.tune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.deeplearning4j.arbiter.optimize.config.OptimizationConfiguration;
import org.deeplearning4j.arbiter.optimize.runner.LocalOptimizationRunner;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xlstm4j.merge.Coefficients;

@Timeout(60)
class MergeTuningTest {
    private static final Coefficients OPTIMUM = Coefficients.of(0.6, 0.3, 0.1);

    @ParameterizedTest
    @EnumSource(Search.class)
    void comesNearAKnownOptimum(Search search) {
        var result = MergeTuning.tune(TuningOptions.of(3, 60, 7).withSearch(search), MergeTuningTest::quadratic);

        assertThat(result.best().score()).isGreaterThan(-0.02).isGreaterThan(result.uniform().score());
        assertThat(result.best().score()).isEqualTo(quadratic(result.best().coefficients()));
    }

    @Test
    void triesUniformThenTheStartsThenTheSearchAndTellsTheListener() {
        var heard = new ArrayList<Evaluation>();
        var result = MergeTuning.tune(TuningOptions.of(3, 7, 7), MergeTuningTest::quadratic, heard::add);

        assertThat(result.evaluations()).isEqualTo(heard).hasSize(7);
        assertThat(result.evaluations()).extracting(Evaluation::index).containsExactly(0, 1, 2, 3, 4, 5, 6);
        assertThat(result.evaluations()).extracting(Evaluation::coefficients).startsWith(Coefficients.uniform(3),
                Coefficients.corner(3, 0), Coefficients.corner(3, 1), Coefficients.corner(3, 2));
    }

    @Test
    void sameSeedGivesTheSameCandidates() {
        var options = TuningOptions.of(4, 25, 3);
        var first = candidates(MergeTuning.tune(options, coefficients -> coefficients.get(2)));
        var second = candidates(MergeTuning.tune(options, coefficients -> coefficients.get(2)));

        assertThat(first).isEqualTo(second);
    }

    private static List<Coefficients> candidates(TuningResult result) {
        return result.evaluations().stream().map(Evaluation::coefficients).toList();
    }

    @Test
    void aGridEndsWithItsPointsAndScoresEachOnce() {
        var scored = new ArrayList<Coefficients>();
        var options = TuningOptions.of(3, 40, 1).withSearch(Search.GRID)
                .withStarts(List.of(OPTIMUM, Coefficients.uniform(3), OPTIMUM));
        var result = MergeTuning.tune(options, coefficients -> {
            scored.add(coefficients);
            return 1;
        });

        // 36 points in steps of 1/7, beside uniform and one start.
        assertThat(scored).hasSize(38).doesNotHaveDuplicates();
        assertThat(result.best()).as("the earliest of equals").isEqualTo(result.uniform());
    }

    @Test
    void failedCandidatesAreRecordedAndNeverWin() {
        var result = MergeTuning.tune(TuningOptions.of(3, 40, 2), coefficients -> {
            if (coefficients.equals(Coefficients.uniform(3))) {
                return Double.NaN;
            }
            if (coefficients.equals(Coefficients.corner(3, 0))) {
                return Double.POSITIVE_INFINITY;
            }
            if (coefficients.get(2) > 0.5) {
                throw new UnsupportedOperationException("no room for " + coefficients);
            }
            return quadratic(coefficients);
        });

        assertThat(result.evaluations()).hasSize(40);
        assertThat(result.uniform().failure()).contains("the score was NaN");
        assertThat(result.evaluations().get(1).failure()).contains("the score was Infinity");
        assertThat(result.evaluations().get(3).failure().orElseThrow()).contains("no room for 0.0,0.0,1.0");
        assertThat(result.evaluations()).filteredOn(Evaluation::failed).allMatch(e -> Double.isNaN(e.score()));
        assertThat(result.best().score()).isGreaterThan(-0.02);
    }

    @Test
    void aSearchThatRepeatsItselfScoresOnceAndEnds() {
        var evaluator = new Evaluator(evaluation -> { });
        var space = new SimplexSpace(2);
        var repeated = Coefficients.of(0.25, 0.75);
        var points = new ArrayList<>(Collections.nCopies(19, repeated));
        points.add(1, Coefficients.uniform(2));
        var configuration = new OptimizationConfiguration.Builder()
                .candidateGenerator(new ListedGenerator(space, points))
                .scoreFunction(new CoefficientsScore(coefficients -> 1))
                .terminationConditions(new SearchEnd(3, TuningOptions.NO_TIME_LIMIT, evaluator)).build();
        var runner = new LocalOptimizationRunner(configuration, evaluator);
        runner.execute();

        assertThat(runner.numCandidatesCompleted()).isEqualTo(20);
        assertThat(evaluator.evaluations()).extracting(Evaluation::coefficients)
                .containsExactly(repeated, Coefficients.uniform(2));
    }

    @Test
    void whenEveryCandidateFailsTheFirstReasonIsTold() {
        var result = MergeTuning.tune(TuningOptions.of(2, 3, 1), coefficients -> {
            throw new IllegalStateException("out of tasks");
        });

        assertThat(result.evaluations()).hasSize(3);
        assertThatIllegalStateException().isThrownBy(result::best)
                .withMessageContaining("none of the 3 candidates").withMessageContaining("out of tasks");
    }

    @Test
    void timeUpStillScoresTheUniformCoefficients() {
        var result = MergeTuning.tune(TuningOptions.of(2, 1000, 1).withMaxTime(Duration.ofMillis(1)),
                coefficients -> 1);

        assertThat(result.evaluations()).isNotEmpty().hasSizeLessThan(1000);
        assertThat(result.uniform().coefficients()).isEqualTo(Coefficients.uniform(2));
    }

    @Test
    void aFailingListenerEndsTheSearch() {
        var full = new UncheckedIOException(new IOException("disk full"));
        assertThatThrownBy(() -> MergeTuning.tune(TuningOptions.of(2, 1000, 1), coefficients -> 1, evaluation -> {
            throw full;
        })).isInstanceOf(IllegalStateException.class).hasCause(full).hasMessageContaining("after 1 evaluations");
    }

    @Test
    void anErrorEndsTheSearch() {
        var error = new OutOfMemoryError("off-heap");
        assertThatThrownBy(() -> MergeTuning.tune(TuningOptions.of(2, 1000, 1), coefficients -> {
            throw error;
        })).isInstanceOf(IllegalStateException.class).hasCause(error);
    }

    @ParameterizedTest
    @EnumSource(Search.class)
    void theConfigurationCanBeWrittenAsJson(Search search) {
        var configuration = MergeTuning.configuration(TuningOptions.of(3, 10, 1).withSearch(search),
                new CoefficientsScore(coefficients -> 1), new Evaluator(evaluation -> { }));

        assertThat(configuration.toJson()).contains("ListedGenerator", "SimplexSpace", "SearchEnd");
    }

    @Test
    void badOptionsAreRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> TuningOptions.of(1, 5, 1))
                .withMessageContaining("at least 2 experts, was 1");
        assertThatIllegalArgumentException().isThrownBy(() -> TuningOptions.of(2, 0, 1))
                .withMessageContaining("evaluations must be at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TuningOptions.of(2, 5, 1).withMaxTime(Duration.ZERO))
                .withMessageContaining("maxTime must be positive");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> TuningOptions.of(2, 5, 1).withStarts(List.of(OPTIMUM)))
                .withMessageContaining("is for 3 experts, but there are 2");
    }

    private static double quadratic(Coefficients coefficients) {
        double distance = 0;
        for (int i = 0; i < coefficients.experts(); i++) {
            distance += Math.pow(coefficients.get(i) - OPTIMUM.get(i), 2);
        }
        return -distance;
    }
}
