package org.xlstm4j.ops.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Largest difference over largest magnitude. */
public final class RelativeError {
    /** Below this magnitude the difference counts as it is: what is zero on paper is rounding error in practice. */
    private static final double SMALLEST_SCALE = 1;

    private RelativeError() {
    }

    /** max |actual − expected| / max |expected|; NaN where anything is. */
    public static double between(INDArray actual, INDArray expected) {
        assertThat(actual.shape()).isEqualTo(expected.shape());
        var got = values(actual);
        var wanted = values(expected);
        double difference = 0;
        double scale = SMALLEST_SCALE;
        for (int i = 0; i < got.length; i++) {
            // Math.max hands NaN on.
            difference = Math.max(difference, Math.abs(got[i] - wanted[i]));
            scale = Math.max(scale, Math.abs(wanted[i]));
        }
        return difference / scale;
    }

    /** Asserts that all expected arrays are among the actual ones, within the tolerance. */
    public static void assertClose(Map<String, INDArray> actual, Map<String, INDArray> expected, double tolerance,
                                   String description) {
        assertThat(expected).isNotEmpty();
        expected.forEach((name, array) -> {
            assertThat(actual).as(description).containsKey(name);
            assertThat(between(actual.get(name), array)).as("%s: %s", description, name)
                    .isLessThanOrEqualTo(tolerance);
        });
    }

    private static double[] values(INDArray x) {
        return x.castTo(DataType.DOUBLE).dup('c').data().asDouble();
    }

    /** What a computation in a type that sums in float32 may be off by: float32's and bfloat16's own roundings. */
    public static double tolerance(DataType dataType) {
        return switch (dataType) {
            case FLOAT -> 2e-5;
            case HALF -> 2e-3;
            case BFLOAT16 -> 2e-2;
            default -> throw new IllegalArgumentException("no tolerance for " + dataType);
        };
    }
}
