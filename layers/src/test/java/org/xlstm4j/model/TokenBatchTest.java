package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class TokenBatchTest {
    @Test
    void sequencesEndAtTheLastStep() {
        var batch = TokenBatch.leftPadded(List.of(new int[] {7}, new int[] {4, 5, 6}), 3);
        assertThat(batch.batch()).isEqualTo(2);
        assertThat(batch.ids()).containsExactly(0, 0, 7, 4, 5, 6);
        assertThat(batch.positions()).containsExactly(0, 0, 0, 0, 1, 2);
        assertThat(batch.segments()).containsExactly(0, 0, 1, 1, 1, 1);
        assertThat(batch.countTokens()).isEqualTo(4);
    }

    @Test
    void refusesASequenceThatDoesNotFit() {
        assertThatThrownBy(() -> TokenBatch.leftPadded(List.of(new int[] {1, 2, 3}), 2))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 tokens does not fit into 2");
    }

    @Test
    void refusesArraysOfOtherSizes() {
        var four = new int[4];
        var five = new int[5];
        assertThatThrownBy(() -> new TokenBatch(2, 2, five, four, four)).hasMessageContaining("ids has 5");
        assertThatThrownBy(() -> new TokenBatch(2, 2, four, five, four)).hasMessageContaining("positions has 5");
        assertThatThrownBy(() -> new TokenBatch(2, 2, four, four, five)).hasMessageContaining("segments has 5");
    }
}
