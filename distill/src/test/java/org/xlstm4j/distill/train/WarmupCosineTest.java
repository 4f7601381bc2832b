package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class WarmupCosineTest {
    @Test
    void risesThenFallsAlongAHalfCosine() {
        var schedule = new WarmupCosine(8, 2, 4, 9);
        // Warm-up 8 · 1/4 … 4/4; then 2 + 6 (1 + cos(π j / 4)) / 2 for j = 0 … 4.
        var expected = new double[] {2, 4, 6, 8, 8, 5 + 3 * Math.sqrt(0.5), 5, 5 - 3 * Math.sqrt(0.5), 2};
        for (int step = 0; step < expected.length; step++) {
            assertThat(schedule.valueAt(step, 0)).as("step %d", step).isCloseTo(expected[step], within(1e-12));
        }
        assertThat(schedule.valueAt(1000, 0)).isCloseTo(2, within(1e-12));
    }

    @Test
    void withoutWarmupTheFirstStepIsThePeak() {
        assertThat(new WarmupCosine(3, 0, 0, 5).valueAt(0, 0)).isEqualTo(3);
        assertThat(new WarmupCosine(3, 0, 0, 1).valueAt(0, 0)).isEqualTo(3);
    }

    @Test
    void anEndAtThePeakIsAConstant() {
        var schedule = new WarmupCosine(1e-5, 1e-5, 2, 10);
        assertThat(schedule.valueAt(0, 0)).isEqualTo(5e-6);
        for (int step = 1; step < 12; step++) {
            assertThat(schedule.valueAt(step, 3)).isEqualTo(1e-5);
        }
    }

    @Test
    void refusesRatesAndStepsThatMakeNoSchedule() {
        assertThatThrownBy(() -> new WarmupCosine(0, 0, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WarmupCosine(Double.NaN, 0, 0, 1)).hasMessageContaining("peak");
        assertThatThrownBy(() -> new WarmupCosine(1, 2, 0, 1)).hasMessageContaining("2.0").hasMessageContaining("1.0");
        assertThatThrownBy(() -> new WarmupCosine(1, -1, 0, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WarmupCosine(1, 0, -1, 1)).hasMessageContaining("warmupSteps");
        assertThatThrownBy(() -> new WarmupCosine(1, 0, 0, 0)).hasMessageContaining("steps");
    }
}
