package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class WarmupConstantTest {
    @Test
    void risesAndStays() {
        var schedule = new WarmupConstant(8, 4);
        var expected = new double[] {2, 4, 6, 8, 8, 8};
        for (int step = 0; step < expected.length; step++) {
            assertThat(schedule.valueAt(step, 0)).as("step %d", step).isEqualTo(expected[step]);
        }
        assertThat(schedule.valueAt(1_000_000, 3)).isEqualTo(8);
        assertThat(new WarmupConstant(8, 0).valueAt(0, 0)).isEqualTo(8);
    }

    @Test
    void refusesRatesThatTrainNothing() {
        for (double rate : new double[] {0, -1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new WarmupConstant(rate, 1));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new WarmupConstant(1, -1));
    }
}
