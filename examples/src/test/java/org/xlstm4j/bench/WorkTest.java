package org.xlstm4j.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.ops.attention.AttentionSpec.Window;

class WorkTest {
    private static final Heads ONE_NARROW_HEAD = new Heads(1, 1, 1);

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "7, 3, 0", "7, 3, 2", "7, 7, 2", "7, 9, 2", "9, 1, 9"})
    void attentionCountsThePairsThatAreVisible(int time, int size, int sinks) {
        double pairs = 0;
        for (int query = 0; query < time; query++) {
            for (int key = 0; key <= query; key++) {
                pairs += query - key < size || key < sinks ? 1 : 0;
            }
        }
        assertThat(AttentionCase.flops(ONE_NARROW_HEAD, time, new Window(size, sinks))).isEqualTo(4 * pairs);
        assertThat(AttentionCase.flops(ONE_NARROW_HEAD, time, null)).isEqualTo(2.0 * time * (time + 1));
    }

    @Test
    void trainingIsThreeForwardPassesOfProducts() {
        assertThat(new LinearCase(3, 5).work(Direction.FORWARD)).isEqualTo(new Work(150, 4 * (15 + 25 + 15)));
        assertThat(new LinearCase(3, 5).work(Direction.TRAINING))
                .isEqualTo(new Work(450, 4 * (3 * (15 + 25) + 2 * 15)));
    }

    @Test
    void chosenLengthsReplaceTheUsualOnes() {
        assertThat(Cases.operators(List.of(33))).filteredOn(of -> of.operator().equals("mlstm"))
                .singleElement().extracting(Case::tokens).isEqualTo(33L);
        assertThat(Cases.operators(List.of())).filteredOn(of -> of.operator().equals("mlstm")).hasSize(2);
    }
}
