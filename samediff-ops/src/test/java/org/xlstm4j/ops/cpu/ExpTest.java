package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExpTest {
    private static final double TOLERANCE = 2e-7;

    private static float[] exp(float... x) {
        var result = x.clone();
        Worker.current().exp().inPlace(result, 0, x.length);
        return result;
    }

    private static double worstError(float[] x) {
        var result = exp(x);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            worst = Math.max(worst, Math.abs(result[i] / Math.exp(x[i]) - 1));
        }
        return worst;
    }

    @Test
    void isRightFromTheSmallestNormalNumberToTheLargest() {
        var x = new float[1_000_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = -87 + 175f * i / (x.length - 1);
        }
        assertThat(worstError(x)).isLessThan(TOLERANCE);
    }

    @Test
    void isRightNearZero() {
        var random = new Random(1);
        var x = new float[10_000];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) (random.nextGaussian() * Math.pow(10, -8 * random.nextDouble()));
        }
        assertThat(worstError(x)).isLessThan(TOLERANCE);
        assertThat(exp(0, -0f, Float.MIN_VALUE)).containsOnly(1);
    }

    @Test
    void staysPositiveBelow() {
        assertThat(exp(-87.3f, -88, -1000, Float.NEGATIVE_INFINITY)).containsOnly(exp(-87.3f)[0]);
        assertThat(exp(Float.NEGATIVE_INFINITY)[0]).isCloseTo(1e-38f, offset(1e-38f)).isPositive();
    }

    @Test
    void nanStays() {
        var result = exp(1, Float.NaN, 2);
        assertThat(result[1]).isNaN();
        assertThat(result[2]).isEqualTo(exp(2)[0]);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 33, 63, 2047, 2048, 2049, 5000})
    void touchesNothingBesideItsPart(int length) {
        var x = new float[length + 4];
        for (int i = 0; i < x.length; i++) {
            x[i] = -i % 5;
        }
        var result = x.clone();
        Worker.current().exp().inPlace(result, 3, length);
        for (int i = 0; i < x.length; i++) {
            float expected = i >= 3 && i < 3 + length ? exp(x[i])[0] : x[i];
            assertThat(result[i]).isEqualTo(expected);
        }
    }
}
