package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The layout of rows, against batches written out by hand. */
class EpochTest {
    private static final int[] FIRST = {1, 10, 11, 20, 2};
    private static final int[] SECOND = {1, 30, 2};

    @Test
    void rowsHoldDocumentsEndToEndAndThenPadding() {
        var batch = epoch(10, 1, new Piece(FIRST, 0, 5, 0), new Piece(SECOND, 0, 3, 0)).batch(0);

        assertThat(batch.ids()).containsExactly(1, 10, 11, 20, 2, 1, 30, 2, 0, 0);
        assertThat(batch.positions()).containsExactly(0, 1, 2, 3, 4, 0, 1, 2, 0, 0);
        assertThat(batch.segments()).containsExactly(1, 1, 1, 1, 1, 2, 2, 2, 0, 0);
        assertThat(batch.targets()).containsExactly(10, 11, 20, 2, 0, 30, 2, 0, 0, 0);
        assertThat(batch.weights()).containsExactly(1, 1, 1, 1, 0, 1, 1, 0, 0, 0);
        assertThat(batch.tokens()).isEqualTo(8);
        assertThat(batch.countedTargets()).isEqualTo(6);
    }

    @Test
    void onlyAnswersCountWhenAsked() {
        var batch = epoch(8, 1, new Piece(FIRST, 0, 5, 3), new Piece(SECOND, 0, 3, 2)).batch(0);

        assertThat(batch.targets()).containsExactly(10, 11, 20, 2, 0, 30, 2, 0);
        assertThat(batch.weights()).containsExactly(0, 0, 1, 1, 0, 0, 1, 0);
    }

    @Test
    void aPieceFromTheMiddleCountsByItsPlaceInTheDocument() {
        var batch = epoch(3, 1, new Piece(FIRST, 2, 5, 4)).batch(0);

        assertThat(batch.ids()).containsExactly(11, 20, 2);
        assertThat(batch.positions()).containsExactly(0, 1, 2);
        assertThat(batch.targets()).containsExactly(20, 2, 0);
        assertThat(batch.weights()).containsExactly(0, 1, 0);
    }

    @Test
    void lastBatchIsFilledWithEmptyRows() {
        var second = new Piece(SECOND, 0, 3, 0);
        var epoch = new Epoch(List.of(List.of(second), List.of(second), List.of(second)),
                new PackingOptions(4, 2, false, 0));

        assertThat(epoch.size()).isEqualTo(2);
        assertThat(epoch.rows()).isEqualTo(3);
        assertThat(epoch.density()).isEqualTo(9 / 12.0);
        assertThat(epoch.batch(0).segments()).containsExactly(1, 1, 1, 0, 1, 1, 1, 0);
        assertThat(epoch.batch(1).segments()).containsExactly(1, 1, 1, 0, 0, 0, 0, 0);
        assertThat(epoch.batch(1).weights()).containsExactly(1, 1, 0, 0, 0, 0, 0, 0);
        assertThat(epoch).hasSize(2);
        assertThatThrownBy(() -> epoch.batch(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static Epoch epoch(int time, int batch, Piece... row) {
        return new Epoch(List.of(List.of(row)), new PackingOptions(time, batch, false, 0));
    }
}
