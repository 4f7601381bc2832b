package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VectorsTest {
    private static final int FROM = 3;
    private static final int OTHER_FROM = 5;

    private final Random random = new Random(1);

    private float[] values(int length) {
        var values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 4, 5, 7, 33, 63})
    void reducesAPart(int length) {
        var x = values(length + FROM + 2);
        var y = values(length + OTHER_FROM);
        double dot = 0;
        double sum = 0;
        double max = Double.NEGATIVE_INFINITY;
        for (int i = 0; i < length; i++) {
            dot += (double) x[FROM + i] * y[OTHER_FROM + i];
            sum += x[FROM + i];
            max = Math.max(max, x[FROM + i]);
        }
        assertThat(Vectors.dot(x, FROM, y, OTHER_FROM, length)).isCloseTo((float) dot, offset(1e-5f));
        assertThat(Vectors.sum(x, FROM, length)).isCloseTo((float) sum, offset(1e-5f));
        assertThat(Vectors.max(x, FROM, length)).isEqualTo((float) max);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 7, 33, 63})
    void changesAPart(int length) {
        var x = values(length + FROM);
        var y = values(length + OTHER_FROM + 1);
        var scaled = y.clone();
        var added = y.clone();
        Vectors.scale(3, x, FROM, scaled, OTHER_FROM, length);
        Vectors.addScaled(-2, x, FROM, added, OTHER_FROM, length);
        for (int i = 0; i < y.length; i++) {
            boolean inside = i >= OTHER_FROM && i < OTHER_FROM + length;
            assertThat(scaled[i]).isEqualTo(inside ? 3 * x[i - OTHER_FROM + FROM] : y[i]);
            assertThat(added[i]).isEqualTo(inside ? Math.fma(-2, x[i - OTHER_FROM + FROM], y[i]) : y[i]);
        }
    }

    @Test
    void scalesInPlace() {
        var x = new float[] {1, 2, 3};
        Vectors.scale(2, x, 0, x, 0, 3);
        assertThat(x).containsExactly(2, 4, 6);
    }

    @Test
    void maximumOfExtremes() {
        var x = new float[9];
        Arrays.fill(x, Float.NEGATIVE_INFINITY);
        assertThat(Vectors.max(x, 0, x.length)).isEqualTo(Float.NEGATIVE_INFINITY);
        for (int i = 0; i < x.length; i++) {
            Arrays.fill(x, -1);
            x[i] = Float.POSITIVE_INFINITY;
            assertThat(Vectors.max(x, 0, x.length)).isEqualTo(Float.POSITIVE_INFINITY);
            x[i] = Float.NaN;
            assertThat(Vectors.max(x, 0, x.length)).isNaN();
        }
    }
}
