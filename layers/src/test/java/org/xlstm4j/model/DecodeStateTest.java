package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.xlstm4j.ops.attention.RingBuffer;

class DecodeStateTest {
    @Test
    void aTeachersCacheShowsAllAndEnds() {
        var ring = DecodeState.ring(TinyModels.config(), 7);
        assertThat(ring.slots()).isEqualTo(7);
        for (int position = 0; position < 7; position++) {
            assertThat(ring.slot(position)).isEqualTo(position);
            for (int slot = 0; slot < 7; slot++) {
                assertThat(ring.visible(slot, position)).isEqualTo(slot <= position);
            }
        }
        assertThatThrownBy(() -> ring.slot(7)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("7 tokens");
    }

    @Test
    void aStudentsCacheIsItsSinksAndItsWindow() {
        assertThat(DecodeState.ring(TinyModels.student().config(), 1000))
                .isEqualTo(new RingBuffer(TinyModels.SINKS, TinyModels.WINDOW));
    }
}
