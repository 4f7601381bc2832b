package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class HeadLossSpecTest {
    @Test
    void takesMoreLogitsThanOneArrayHoldsSinceNoneAreKept() {
        var spec = new HeadLossSpec(1 << 16, 1 << 15, 1);
        assertThat(spec.tokens()).isEqualTo(1 << 16);
        assertThatThrownBy(spec::ofLogits).hasMessageContaining("fewer tokens a batch");
    }

    @Test
    void refusesWhatHasNoLoss() {
        assertThatThrownBy(() -> new HeadLossSpec(0, 5, 1)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tokens");
        assertThatThrownBy(() -> new HeadLossSpec(1, 5, 0)).hasMessageContaining("topK").hasMessageContaining("0");
        assertThatThrownBy(() -> new HeadLossSpec(1, 5, 6)).hasMessageContaining("topK").hasMessageContaining("6");
    }
}
