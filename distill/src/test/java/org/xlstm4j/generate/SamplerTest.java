package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final GenerationOptions WARM = GenerationOptions.defaults().withTemperature(1);
    private static final GenerationOptions GREEDY = GenerationOptions.defaults();
    private static final double EPS = 1e-6;

    /** ln of 8, 4, 2, 1, 1 sixteenths, told in another order. */
    private static float[] logits() {
        return new float[] {ln(1), ln(8), ln(1), ln(2), ln(4)};
    }

    private static float ln(double x) {
        return (float) Math.log(x);
    }

    private static double[] distribution(GenerationOptions options, int... before) {
        return new Sampler(options, 5).distribution(logits(), set(before));
    }

    private static BitSet set(int... ids) {
        var set = new BitSet();
        for (int id : ids) {
            set.set(id);
        }
        return set;
    }

    private static double[] parts(double... parts) {
        double sum = Arrays.stream(parts).sum();
        return Arrays.stream(parts).map(part -> part / sum).toArray();
    }

    @Test
    void temperatureSharpensAndFlattens() {
        assertThat(distribution(WARM)).containsExactly(parts(1, 8, 1, 2, 4), within(EPS));
        assertThat(distribution(WARM.withTemperature(0.5))).containsExactly(parts(1, 64, 1, 4, 16), within(EPS));
        assertThat(distribution(WARM.withTemperature(1 / 3.0))).containsExactly(parts(1, 512, 1, 8, 64), within(EPS));
        assertThat(distribution(WARM.withTemperature(1e300))).containsExactly(parts(1, 1, 1, 1, 1), within(EPS));
        assertThat(distribution(WARM.withTemperature(1e-300))).containsExactly(parts(0, 1, 0, 0, 0), within(EPS));
    }

    @Test
    void topKKeepsTheLikeliestAndThoseAsLikelyAsTheLast() {
        assertThat(distribution(WARM.withTopK(1))).containsExactly(parts(0, 1, 0, 0, 0), within(EPS));
        assertThat(distribution(WARM.withTopK(3))).containsExactly(parts(0, 8, 0, 2, 4), within(EPS));
        assertThat(distribution(WARM.withTopK(4))).containsExactly(parts(1, 8, 1, 2, 4), within(EPS));
        assertThat(distribution(WARM.withTopK(99))).containsExactly(parts(1, 8, 1, 2, 4), within(EPS));
    }

    @Test
    void topPKeepsTheFewestThatHaveTheProbability() {
        assertThat(distribution(WARM.withTopP(1e-9))).containsExactly(parts(0, 8, 0, 0, 0), within(EPS));
        assertThat(distribution(WARM.withTopP(0.49))).containsExactly(parts(0, 8, 0, 0, 0), within(EPS));
        assertThat(distribution(WARM.withTopP(0.51))).containsExactly(parts(0, 8, 0, 0, 4), within(EPS));
        assertThat(distribution(WARM.withTopP(0.8))).containsExactly(parts(0, 8, 0, 2, 4), within(EPS));
        // Of the two equally likely ones the lower id.
        assertThat(distribution(WARM.withTopP(0.9))).containsExactly(parts(1, 8, 0, 2, 4), within(EPS));
        assertThat(distribution(WARM.withTopP(0.99))).containsExactly(parts(1, 8, 1, 2, 4), within(EPS));
    }

    @Test
    void minPKeepsThoseWithAPartOfTheLikeliestOnesProbability() {
        assertThat(distribution(WARM.withMinP(1))).containsExactly(parts(0, 8, 0, 0, 0), within(EPS));
        assertThat(distribution(WARM.withMinP(0.4))).containsExactly(parts(0, 8, 0, 0, 4), within(EPS));
        assertThat(distribution(WARM.withMinP(0.2))).containsExactly(parts(0, 8, 0, 2, 4), within(EPS));
        assertThat(distribution(WARM.withMinP(0.1))).containsExactly(parts(1, 8, 1, 2, 4), within(EPS));
    }

    @Test
    void topPIsOfWhatTopKLeaves() {
        // Of 8 + 4 + 2 parts 8 are 0.57; of all 16 they would be 0.5, and 4 more be needed.
        assertThat(distribution(WARM.withTopK(3).withTopP(0.55))).containsExactly(parts(0, 8, 0, 0, 0), within(EPS));
    }

    @Test
    void repetitionPenaltyDividesPositiveLogitsAndMultipliesNegativeOnes() {
        var logits = new float[] {2, -1, 0, 3};
        double e = Math.E;
        var penalised = new Sampler(WARM.withRepetitionPenalty(2), 4).distribution(logits, set(0, 1, 2));
        assertThat(penalised).containsExactly(parts(e, Math.pow(e, -2), 1, Math.pow(e, 3)), within(EPS));
        var rewarded = new Sampler(WARM.withRepetitionPenalty(0.5), 4).distribution(logits, set(1));
        assertThat(rewarded)
                .containsExactly(parts(e * e, Math.pow(e, -0.5), 1, Math.pow(e, 3)), within(EPS));
        assertThat(logits).containsExactly(2, -1, 0, 3);
    }

    @Test
    void penaltyComesBeforeTemperatureAndHoldsForTheLikeliestToken() {
        var choice = new Sampler(GREEDY.withRepetitionPenalty(3), 5).choose(logits(), set(1), random(0));
        assertThat(choice.id()).isEqualTo(4);
        // The model's own probability, not that after the penalty.
        assertThat(choice.logProbability()).isCloseTo(Math.log(4 / 16.0), within(EPS));
        assertThat(distribution(WARM.withRepetitionPenalty(3).withTemperature(1 / 3.0), 1))
                .containsExactly(parts(1, 8, 1, 8, 64), within(EPS));
    }

    @Test
    void temperatureZeroTakesTheLowestOfTheLikeliest() {
        var sampler = new Sampler(GREEDY, 4);
        assertThat(sampler.choose(new float[] {-1, 7, 7, 6}, new BitSet(), random(0)).id()).isEqualTo(1);
        assertThat(sampler.choose(new float[] {-0f, 0f, -5, -5}, new BitSet(), random(0)).id()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0, 0, 1", "0.7, 40, 0.9, 0, 1", "1.3, 0, 0.95, 0, 1", "1, 0, 0.5, 0, 1.3", "0.3, 5, 1, 0.1, 1",
        "1, 0, 0.999, 0.01, 0.8", "2, 1000, 0.3, 0, 1", "1, 300, 1, 0, 1", "5, 0, 0.1, 0, 1"})
    void largeVocabulariesAreAsTheDefinitionsSay(double temperature, int topK, double topP, double minP,
                                                 double penalty) {
        var options = WARM.withTemperature(temperature).withTopK(topK).withTopP(topP == 0 ? 1 : topP).withMinP(minP)
                .withRepetitionPenalty(penalty);
        var random = new Random(3);
        for (int vocabSize : new int[] {1, 2, 7, 63, 768, 5003}) {
            var logits = new float[vocabSize];
            for (int id = 0; id < vocabSize; id++) {
                // Many are equal.
                logits[id] = Math.round(8 * 3 * random.nextGaussian()) / 8f;
            }
            var before = random.ints(5, 0, vocabSize).boxed().collect(Collectors.toSet());
            var seen = set(before.stream().mapToInt(id -> id).toArray());
            assertThat(new Sampler(options, vocabSize).distribution(logits, seen)).as("%d", vocabSize)
                    .containsExactly(PlainSampling.distribution(logits, before, options), within(2 * EPS));
        }
    }

    @Test
    void drawsAreDistributedAsTheProbabilities() {
        var sampler = new Sampler(WARM, 5);
        var counts = new int[5];
        var random = random(5);
        int draws = 40_000;
        for (int i = 0; i < draws; i++) {
            counts[sampler.choose(logits(), new BitSet(), random).id()]++;
        }
        double chiSquare = 0;
        var expected = parts(1, 8, 1, 2, 4);
        for (int id = 0; id < 5; id++) {
            double of = draws * expected[id];
            chiSquare += (counts[id] - of) * (counts[id] - of) / of;
        }
        // 4 degrees of freedom: 18.5 is passed once in a thousand seeds.
        assertThat(chiSquare).isLessThan(18.5);
    }

    @Test
    void sameSeedDrawsTheSameAndSamplesDiffer() {
        var sampler = new Sampler(WARM, 5);
        assertThat(draws(sampler, random(9))).isEqualTo(draws(sampler, random(9)))
                .isNotEqualTo(draws(sampler, random(10))).isNotEqualTo(draws(sampler, Sampler.random(9, 1)));
    }

    private static String draws(Sampler sampler, SplittableRandom random) {
        var draws = new StringBuilder();
        for (int i = 0; i < 50; i++) {
            draws.append(sampler.choose(logits(), new BitSet(), random).id());
        }
        return draws.toString();
    }

    private static SplittableRandom random(long seed) {
        return Sampler.random(seed, 0);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void logitsThatAreNoFiniteNumbersAreRefused(float broken) {
        for (var options : new GenerationOptions[] {GREEDY, WARM, WARM.withTopK(2), WARM.withTopP(0.5)}) {
            var logits = logits();
            logits[3] = broken;
            assertThatThrownBy(() -> new Sampler(options, 5).choose(logits, new BitSet(), random(0)))
                    .isInstanceOf(NonFiniteLogitsException.class).hasMessageContaining("logits");
        }
    }

    @Test
    void hugeLogitsAreSafe() {
        var logits = new float[] {Float.MAX_VALUE, -Float.MAX_VALUE, Float.MAX_VALUE, 0};
        for (double penalty : new double[] {1, 1e-30, 1e30}) {
            var options = WARM.withRepetitionPenalty(penalty).withTopP(0.9).withTopK(3);
            assertThat(new Sampler(options, 4).distribution(logits, set(0, 1, 2)))
                    .containsExactly(new double[] {0.5, 0, 0.5, 0}, within(EPS));
        }
        assertThat(Set.of(0, 2)).contains(new Sampler(WARM, 4).choose(logits, new BitSet(), random(1)).id());
    }
}
