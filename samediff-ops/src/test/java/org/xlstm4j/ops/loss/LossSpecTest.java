package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class LossSpecTest {
    @Test
    void topKUpToTheWholeVocabularyIsTaken() {
        assertThat(new LossSpec(3, 5, 5).topK()).isEqualTo(5);
    }

    @Test
    void refusesWhatHasNoLoss() {
        assertThatThrownBy(() -> new LossSpec(0, 5, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokens");
        assertThatThrownBy(() -> new LossSpec(1, 5, 0)).hasMessageContaining("topK").hasMessageContaining("0");
        assertThatThrownBy(() -> new LossSpec(1, 5, 6)).hasMessageContaining("topK").hasMessageContaining("6");
    }

    @Test
    void refusesLogitsThatOneArrayCannotHold() {
        assertThatThrownBy(() -> new LossSpec(1 << 16, 1 << 15, 1)).hasMessageContaining("fewer tokens a batch");
    }
}
