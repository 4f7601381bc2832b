package org.xlstm4j.ops.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class RopeScalingTest {
    private static final RopeScaling.Llama3 LLAMA3 = new RopeScaling.Llama3(8, 1, 4, 8192);

    @Test
    void unscaledFrequenciesAreAGeometricProgression() {
        assertThat(RopeSpec.of(8, 10_000).inverseFrequencies())
                .containsExactly(new double[] {1, 0.1, 0.01, 0.001}, within(1e-8));
    }

    @Test
    void linearScalingDividesAll() {
        assertThat(new RopeSpec(4, 100, new RopeScaling.Linear(4)).inverseFrequencies())
                .containsExactly(new double[] {0.25, 0.025}, within(1e-8));
    }

    @Test
    void llama3KeepsShortWavesAndDividesLongOnes() {
        assertThat(LLAMA3.scale(0.5)).isEqualTo(0.5);
        assertThat(LLAMA3.scale(1e-5)).isEqualTo(1e-5 / 8);
    }

    @Test
    void llama3PassesLinearlyInTheTurnsWithinTheOriginalContext() {
        // 1 turn within the original context is divided by 8, 4 are kept, 2.5 lie half way.
        double turn = 2 * Math.PI / 8192;
        assertThat(LLAMA3.scale(2.5 * turn)).isCloseTo(2.5 * turn * (0.5 / 8 + 0.5), within(1e-15));
        assertThat(LLAMA3.scale(1.0001 * turn)).isCloseTo(1.0001 * turn / 8, Percentage.withPercentage(0.05));
        assertThat(LLAMA3.scale(3.9999 * turn)).isCloseTo(3.9999 * turn, Percentage.withPercentage(0.05));
    }

    @Test
    void yarnKeepsShortWavesDividesLongOnesAndPassesLinearlyInTheIndex() {
        // Of 2048 positions, pair 8 ln(2048 / (64 π)) / ln(10⁴) = 2.02 makes 32 turns, pair 5.03 makes one.
        var frequencies = new RopeSpec(16, 10_000, RopeScaling.Yarn.of(4, 2048)).inverseFrequencies();
        double[] factors = {1, 1, 1, 0.75 + 0.25 / 4, 0.5 + 0.5 / 4, 0.25 + 0.75 / 4, 0.25, 0.25};
        for (int pair = 0; pair < factors.length; pair++) {
            double expected = Math.pow(10, -pair / 2.0) * factors[pair];
            assertThat(frequencies[pair]).isCloseTo(expected, Percentage.withPercentage(2e-5));
        }
    }

    @Test
    void yarnsPassageMayEndBetweenPairs() {
        var yarn = new RopeScaling.Yarn(4, 32, 1, 1, 2048, false);
        var frequencies = new RopeSpec(16, 10_000, yarn).inverseFrequencies();
        double first = 8 * Math.log(2048 / (64 * Math.PI)) / Math.log(10_000);
        double last = 8 * Math.log(2048 / (2 * Math.PI)) / Math.log(10_000);
        for (int pair = 0; pair < 8; pair++) {
            double divided = Math.max(0, Math.min(1, (pair - first) / (last - first)));
            assertThat(frequencies[pair]).isCloseTo(Math.pow(10, -pair / 2.0) * (1 - divided + divided / 4),
                    Percentage.withPercentage(2e-5));
        }
    }

    @Test
    void yarnPassesAtOnceWhereItsEndsMeet() {
        // Both ends lie before the first pair or behind the last.
        assertThat(new RopeSpec(4, 100, RopeScaling.Yarn.of(2, 6)).inverseFrequencies())
                .containsExactly(new double[] {1, 0.05}, within(1e-8));
        assertThat(new RopeSpec(4, 100, RopeScaling.Yarn.of(2, 1_000_000)).inverseFrequencies())
                .containsExactly(new double[] {1, 0.1}, within(1e-8));
    }

    @Test
    void yarnsAttentionFactorIsGivenOrFollowsFromTheFactor() {
        assertThat(RopeScaling.Yarn.of(4, 2048).attentionFactor()).isCloseTo(1.1386294361, within(1e-10));
        assertThat(RopeScaling.Yarn.attentionFactor(1)).isEqualTo(1);
        assertThat(RopeScaling.Yarn.attentionFactor(40, 1, 1)).isEqualTo(1);
        // (0.0707 · 3.6888795 + 1) / (0.1 · 3.6888795 + 1)
        assertThat(RopeScaling.Yarn.attentionFactor(40, 0.707, 1)).isCloseTo(0.9210423, within(1e-6));
        assertThat(new RopeScaling.Yarn(4, 32, 1, 1.5, 2048).attentionFactor()).isEqualTo(1.5);
        assertThat(LLAMA3.attentionFactor()).isEqualTo(1);
    }

    @Test
    void frequenciesAreThoseOfFloat32() {
        var frequencies = new RopeSpec(64, 500_000, LLAMA3).inverseFrequencies();
        assertThat(Arrays.stream(frequencies).map(f -> (float) f).toArray()).isEqualTo(frequencies);
    }

    @Test
    void impossibleScalingsAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RopeScaling.Linear(0.5))
                .withMessageContaining("0.5");
        assertThatIllegalArgumentException().isThrownBy(() -> new RopeScaling.Llama3(8, 4, 4, 8192))
                .withMessageContaining("low_freq_factor");
        assertThatIllegalArgumentException().isThrownBy(() -> new RopeScaling.Yarn(4, 1, 32, 1, 2048))
                .withMessageContaining("beta_slow");
        assertThatIllegalArgumentException().isThrownBy(() -> new RopeScaling.Yarn(4, 32, 1, 0, 2048))
                .withMessageContaining("attention_factor");
        assertThatIllegalArgumentException().isThrownBy(() -> RopeScaling.Yarn.of(4, 0))
                .withMessageContaining("original_max_position_embeddings");
        assertThatIllegalArgumentException().isThrownBy(() -> RopeSpec.of(7, 10_000)).withMessageContaining("7");
    }
}
