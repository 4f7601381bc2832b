package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.xlstm4j.ops.attention.RingBuffer;

class DecodeStateTest {
    @Test
    void aTeachersCacheShowsAllAndEnds() {
        var ring = DecodeState.rings(TinyModels.config(), 7).get(1);
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
        assertThat(DecodeState.rings(TinyModels.student().config(), 1000)).hasSize(2)
                .containsOnly(new RingBuffer(TinyModels.SINKS, TinyModels.WINDOW));
        assertThat(DecodeState.rings(TinyModels.olmo3().withHybrid(HybridConfig.of(9, 1)), 1000)).hasSize(3)
                .containsOnly(new RingBuffer(1, 9));
        assertThat(DecodeState.rings(TinyModels.config().withHybrid(HybridConfig.of(0, 0)), 1000)).hasSize(2)
                .containsOnly(new RingBuffer(0, 1));
    }

    @Test
    void aSlidingLayersCacheIsItsWindowUnlessAllFits() {
        var config = TinyModels.olmo3();
        assertThat(DecodeState.rings(config, 1000)).containsExactly(
                new RingBuffer(0, TinyModels.WINDOW), new RingBuffer(1000, 0), new RingBuffer(0, TinyModels.WINDOW));
        assertThat(DecodeState.rings(config, TinyModels.WINDOW)).hasSize(3)
                .containsOnly(new RingBuffer(TinyModels.WINDOW, 0));
    }
}
