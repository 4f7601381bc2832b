package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FirstFitTest {

    @Test
    void laysItemsInTheFirstRowWithRoom() {
        assertThat(FirstFit.rows(new int[] {6, 5, 3, 7, 4, 1, 5}, 10)).containsExactly(0, 1, 0, 2, 1, 0, 3);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 63, 500})
    void equalsThePlainScan(int items) {
        var lengths = new Random(items).ints(items, 1, 18).toArray();

        assertThat(FirstFit.rows(lengths, 17)).isEqualTo(scan(lengths, 17));
    }

    @Test
    void anItemLongerThanARowIsRefused() {
        assertThatThrownBy(() -> FirstFit.rows(new int[] {11}, 10)).hasMessageContaining("11 tokens");
    }

    private static int[] scan(int[] lengths, int capacity) {
        var used = new int[lengths.length];
        var rows = new int[lengths.length];
        for (var i = 0; i < lengths.length; i++) {
            while (used[rows[i]] + lengths[i] > capacity) {
                rows[i]++;
            }
            used[rows[i]] += lengths[i];
        }
        return rows;
    }
}
