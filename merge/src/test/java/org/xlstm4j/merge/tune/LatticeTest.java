package org.xlstm4j.merge.tune;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LatticeTest {
    @ParameterizedTest
    @CsvSource({"4, 56, 56", "4, 83, 56", "4, 84, 84", "4, 0, 4", "2, 11, 11", "3, 9, 6"})
    void isTheFinestThatFits(int experts, int points, int size) {
        var lattice = Lattice.finest(experts, points);

        assertThat(lattice).hasSize(size).doesNotHaveDuplicates().containsAll(TuningOptions.corners(experts));
    }
}
