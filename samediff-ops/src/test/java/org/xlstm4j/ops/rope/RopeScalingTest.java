package org.xlstm4j.ops.rope;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class RopeScalingTest {
    private static final RopeScaling LLAMA3 = new RopeScaling.Llama3(8, 1, 4, 8192);

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
        assertThatIllegalArgumentException().isThrownBy(() -> RopeSpec.of(7, 10_000)).withMessageContaining("7");
    }
}
