package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopKTest {
    private static final int WIDTH = 37;

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 36, 37})
    void equalsAStableSort(int k) {
        var random = new Random(k);
        var selection = new TopK(k);
        for (int trial = 0; trial < 50; trial++) {
            var logits = new float[3 * WIDTH];
            for (int i = 0; i < logits.length; i++) {
                // Few distinct values, so that many tie.
                logits[i] = random.nextInt(9) - 4;
            }
            var ids = new int[2 * k];
            var values = new float[2 * k];
            selection.select(logits, WIDTH, WIDTH, ids, values, k);
            var expected = IntStream.range(0, WIDTH).boxed()
                    .sorted(Comparator.comparing((Integer id) -> -logits[WIDTH + id])).limit(k).toList();
            double sum = 0;
            for (int id = 0; id < WIDTH; id++) {
                sum += Math.exp(logits[WIDTH + id]);
            }
            for (int i = 0; i < k; i++) {
                assertThat(ids[k + i]).isEqualTo(expected.get(i));
                assertThat(values[k + i])
                        .isCloseTo((float) (logits[WIDTH + expected.get(i)] - Math.log(sum)), within(1e-6f));
                assertThat(ids[i]).as("before the position").isZero();
            }
        }
    }

    @Test
    void extremeLogitsHaveFiniteLogProbabilities() {
        var ids = new int[2];
        var values = new float[2];
        new TopK(2).select(new float[] {-1000, 1000, -1000}, 0, 3, ids, values, 0);
        assertThat(ids).containsExactly(1, 0);
        assertThat(values).containsExactly(0, -2000);
    }
}
