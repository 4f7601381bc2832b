package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.distill.data.PackedBatch;

class TopKTest {
    private static final int TOKENS = 3;

    /** Room for a few tokens. */
    private static TargetBatch room(int k) {
        var tokens = new PackedBatch(1, TOKENS, new int[TOKENS], new int[TOKENS], new int[TOKENS], new int[TOKENS],
                new float[TOKENS]);
        return new TargetBatch(tokens, new int[TOKENS * k], new float[TOKENS * k], new float[TOKENS]);
    }

    private static void requirePlain(float[] logits, int from, int width, int k) {
        var selected = room(k);
        new TopK(k).select(logits, from, width, selected, 1);
        var ids = PlainTopK.ids(logits, from, width, k);
        double logSum = PlainTopK.logSum(logits, from, width);
        double rest = 1;
        for (int i = 0; i < k; i++) {
            assertThat(selected.ids()[k + i]).as("id %d", i).isEqualTo(ids[i]);
            assertThat(selected.logProbabilities()[k + i]).isLessThanOrEqualTo(0)
                    .isCloseTo((float) (logits[from + ids[i]] - logSum), within(2e-6f));
            rest -= Math.exp(logits[from + ids[i]] - logSum);
            assertThat(selected.ids()[i]).as("before the token").isZero();
        }
        assertThat(Math.exp(selected.tailLogProbabilities()[1])).isCloseTo(rest, within(1e-6));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 36, 37})
    void equalsAStableSort(int k) {
        var random = new Random(k);
        int width = 37;
        for (int trial = 0; trial < 50; trial++) {
            var logits = new float[3 * width];
            for (int i = 0; i < logits.length; i++) {
                // Few distinct values, so that many tie.
                logits[i] = random.nextInt(9) - 4;
            }
            requirePlain(logits, width, width, k);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "5, 2047", "64, 2048", "64, 2049", "256, 20001", "2000, 20001"})
    void equalsAStableSortWhereMostAreLeftOut(int k, int width) {
        var random = new Random(k);
        var logits = new float[width + 3];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = 3 * (float) random.nextGaussian();
        }
        requirePlain(logits, 3, width, k);
    }

    @Test
    void anyOrderIsServed() {
        int width = 9001;
        var rising = new float[width];
        var falling = new float[width];
        var equal = new float[width];
        for (int i = 0; i < width; i++) {
            rising[i] = i / 1000f;
            falling[i] = -i / 1000f;
        }
        requirePlain(rising, 0, width, 33);
        requirePlain(falling, 0, width, 33);
        requirePlain(equal, 0, width, 33);
    }

    @Test
    void extremeLogitsHaveFiniteLogProbabilities() {
        var selected = room(2);
        new TopK(2).select(new float[] {-1000, 1000, -1000}, 0, 3, selected, 0);
        assertThat(selected.ids()).startsWith(1, 0);
        assertThat(selected.logProbabilities()).startsWith(0, -2000);
    }

    @Test
    void wordsThatAreRuledOutComeLast() {
        float none = Float.NEGATIVE_INFINITY;
        var selected = room(3);
        new TopK(3).select(new float[] {none, 1, none, none, 0}, 0, 5, selected, 0);
        assertThat(selected.ids()).startsWith(1, 4, 0);
        assertThat(selected.logProbabilities()[2]).isEqualTo(none);
        assertThat(selected.tailLogProbabilities()[0]).isLessThan(-30);
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY})
    void brokenLogitsAreRefusedWhereverTheyAre(float broken) {
        var selection = new TopK(2);
        var room = room(2);
        for (int width : new int[] {2, 9, 5000}) {
            for (int at : new int[] {0, 1, width / 2, width - 1}) {
                var logits = new float[width];
                logits[at] = broken;
                assertThatThrownBy(() -> selection.select(logits, 0, width, room, 0))
                        .as("%d of %d", at, width).isInstanceOf(ArithmeticException.class)
                        .hasMessageContaining("the teacher's logits are not finite");
            }
        }
        float none = Float.NEGATIVE_INFINITY;
        assertThatThrownBy(() -> selection.select(new float[] {none, none, none}, 0, 3, room, 0))
                .isInstanceOf(ArithmeticException.class).hasMessageContaining("the largest is -Infinity");
    }
}
