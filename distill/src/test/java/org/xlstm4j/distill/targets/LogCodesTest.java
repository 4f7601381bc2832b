package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class LogCodesTest {
    private static float[] coded(float[] values, double rest) {
        var out = new BitWriter();
        new LogCodes(values.length).write(values, 0, rest, out);
        var bytes = out.toBytes();
        assertThat((bytes.length - 1) * 8).as("bits").isLessThan(LogCodes.mostBits(values.length));
        var read = new float[values.length];
        new LogCodes(values.length).read(new BitReader(Arrays.copyOf(bytes, bytes.length + BitReader.SLACK), 0), read,
                0);
        assertThat(read[0]).isLessThanOrEqualTo(0);
        for (int i = 1; i < read.length; i++) {
            assertThat(read[i]).isLessThanOrEqualTo(read[i - 1]);
        }
        assertThat(mass(read) + rest).isLessThanOrEqualTo(1);
        return read;
    }

    private static double mass(float[] values) {
        double mass = 0;
        for (float value : values) {
            mass += Math.exp(value);
        }
        return mass;
    }

    /** The likeliest words of random distributions from flat to sharp. */
    private static float[] logProbabilities(Random random, int k) {
        int width = k + random.nextInt(3 * k);
        double scale = 0.1 + 6 * random.nextDouble();
        var logits = new double[width];
        Arrays.setAll(logits, i -> scale * random.nextGaussian());
        double logSum = Math.log(Arrays.stream(logits).map(Math::exp).sum());
        Arrays.sort(logits);
        var values = new float[k];
        for (int i = 0; i < k; i++) {
            values[i] = Math.min(0, (float) (logits[width - 1 - i] - logSum));
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 64, 256, 4096})
    void valuesComeBackWithinAStep(int k) {
        var random = new Random(k);
        for (int trial = 0; trial < 40; trial++) {
            var values = logProbabilities(random, k);
            var read = coded(values, 0);
            double step = -values[k - 1] < 15.9 ? 1.0 / 4096 : 1.0 / 2048;
            double shift = read[0] - values[0];
            for (int i = 0; i < k; i++) {
                assertThat((double) read[i]).isCloseTo(values[i], within(2.01 * step));
                // What all have in common cancels where they are normalised.
                assertThat(read[i] - values[i] - shift).isBetween(-1.01 * step, 1.01 * step);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 15", "3, 14", "7, 13", "15, 12", "31, 11"})
    void stepsAreAsFineAsTheValuesLet(float lowest, int exponent) {
        float value = -lowest - 1f / (1 << exponent);
        assertThat(coded(new float[] {-0.9f, value}, 0)[1]).isEqualTo(value);
        float between = -lowest - 0.5f / (1 << exponent);
        assertThat(coded(new float[] {-0.9f, between}, 0)[1]).isNotEqualTo(between)
                .isCloseTo(between, within(0.51f / (1 << exponent)));
    }

    @Test
    void sixteenBitsCostLittleDivergence() {
        var random = new Random(8);
        double linear = 0;
        double half = 0;
        double brain = 0;
        int trials = 200;
        for (int trial = 0; trial < trials; trial++) {
            var values = logProbabilities(random, 256);
            linear += divergence(values, coded(values, 0)) / trials;
            half += divergence(values, rounded(values, 11)) / trials;
            brain += divergence(values, rounded(values, 8)) / trials;
        }
        assertThat(linear).isLessThan(2e-8);
        assertThat(half).isGreaterThan(3 * linear);
        assertThat(brain).isGreaterThan(100 * linear);
    }

    /** KL over the k, both normalised. */
    private static double divergence(float[] exact, float[] stored) {
        double logExact = Math.log(mass(exact));
        double logStored = Math.log(mass(stored));
        double sum = 0;
        for (int i = 0; i < exact.length; i++) {
            sum += Math.exp(exact[i] - logExact) * (exact[i] - logExact - stored[i] + logStored);
        }
        return sum;
    }

    /** Values in so many significant bits, as a floating-point type has them. */
    private static float[] rounded(float[] values, int bits) {
        var rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            float unit = Math.scalb(1f, Math.getExponent(values[i]) - bits + 1);
            rounded[i] = (float) Math.rint(values[i] / unit) * unit;
        }
        return rounded;
    }

    @Test
    void whatIsImpossibleIsOfNoMass() {
        float none = Float.NEGATIVE_INFINITY;
        var read = coded(new float[] {-0.5f, -1f, -2000f, -3e38f, none, none}, 0);
        assertThat(read[0]).isCloseTo(-0.5f, within(5e-4f));
        for (int i = 2; i < read.length; i++) {
            assertThat(Math.exp(read[i])).isLessThan(2e-14);
            assertThat(read[i]).isEqualTo(LogCodes.LOWEST);
        }
        assertThat(coded(new float[] {none, none}, 0)).containsExactly(LogCodes.LOWEST, LogCodes.LOWEST);
    }

    @Test
    void tiesAndCertaintyStay() {
        assertThat(coded(new float[] {-1.5f, -1.5f, -1.5f}, 0)).containsExactly(-1.5f, -1.5f, -1.5f);
        assertThat(coded(new float[] {0}, 0)[0]).isZero();
        // With anything beside it, certainty is a step less.
        assertThat(coded(new float[] {0, -20}, 0)[0]).isCloseTo(0, within(1e-3f)).isNegative();
        var uniform = new float[768];
        Arrays.fill(uniform, (float) -Math.log(768));
        assertThat(mass(coded(uniform, 0))).isCloseTo(1, within(5e-4));
    }

    @Test
    void theRestCountsInTheSum() {
        for (double mass : new double[] {0, 1e-20, 1e-9, 1e-3, 0.5, 1}) {
            var out = new BitWriter();
            LogCodes.writeMass(mass, out);
            float log = LogCodes.readMass(new BitReader(Arrays.copyOf(out.toBytes(), 10), 0));
            assertThat(Math.exp(log)).isEqualTo(LogCodes.storedMass(mass))
                    .isBetween(mass * (1 - 5e-4), Math.max(mass, 2e-14));
        }
        coded(new float[] {(float) Math.log(0.7), (float) Math.log(0.2)}, LogCodes.storedMass(0.1));
    }

    @Test
    void whatIsNoLogProbabilityIsRefused() {
        for (var values : new float[][] {{1e-3f}, {Float.NaN}, {-2, -1}, {-1, Float.NaN}}) {
            assertThatThrownBy(() -> coded(values, 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("must fall from 0");
        }
    }
}
