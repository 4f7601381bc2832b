package org.xlstm4j.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SelectionTest {
    private static float[] descending(float[] numbers) {
        var sorted = numbers.clone();
        Arrays.sort(sorted);
        return reversed(sorted);
    }

    private static float[] reversed(float[] numbers) {
        var reversed = new float[numbers.length];
        IntStream.range(0, numbers.length).forEach(i -> reversed[i] = numbers[numbers.length - 1 - i]);
        return reversed;
    }

    private static float[] random(int length, long seed) {
        var random = new Random(seed);
        var numbers = new float[length];
        // Quarters from 0 to 16, which sum up exactly.
        IntStream.range(0, length).forEach(i -> numbers[i] = random.nextInt(65) / 4f);
        return numbers;
    }

    @Test
    void lastOfTheLargestIsThatOfTheSorted() {
        for (int length : new int[] {1, 2, 3, 10, 501}) {
            var sorted = descending(random(length, length));
            for (int count = 1; count <= length; count++) {
                var last = Selection.ofLargest(random(length, length), length, count);
                assertThat(last.value()).isEqualTo(sorted[count - 1]);
                float value = last.value();
                assertThat(last.missing())
                        .isEqualTo(count - IntStream.range(0, length).filter(i -> sorted[i] > value).count());
            }
        }
    }

    @Test
    void fewestThatReachASumAreThoseOfTheSorted() {
        var sorted = descending(random(97, 1));
        double sum = 0;
        for (float number : sorted) {
            if (number > 0) {
                assertThat(Selection.ofSum(random(97, 1), 97, sum + number).value()).isEqualTo(number);
                assertThat(Selection.ofSum(random(97, 1), 97, sum + number / 2).value()).isEqualTo(number);
            }
            sum += number;
        }
    }

    @Test
    void sumThatRoundingPutsOutOfReachEndsAtTheSmallest() {
        var last = Selection.ofSum(new float[] {3, 1, 2}, 3, 6.000001);
        assertThat(last.value()).isEqualTo(1);
        assertThat(last.missing()).isCloseTo(1.000001, within(1e-9));
    }

    @Test
    void orderedNumbersCostNoMoreThanOthers() {
        var falling = descending(random(300_000, 2));
        assertThat(Selection.ofLargest(falling.clone(), falling.length, 1000).value()).isEqualTo(falling[999]);
        assertThat(Selection.ofLargest(reversed(falling), falling.length, 1000).value()).isEqualTo(falling[999]);
        assertThat(Selection.ofLargest(new float[300_000], 300_000, 150_000).value()).isZero();
    }
}
