package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RingBufferTest {
    @ParameterizedTest
    @CsvSource({"0,1", "0,4", "2,1", "2,5", "3,3", "6,2"})
    void holdsWhatTheWindowShows(int sinks, int window) {
        var ring = new RingBuffer(sinks, window);
        var held = new int[ring.slots()];
        Arrays.fill(held, -1);
        for (int position = 0; position < 40; position++) {
            held[ring.slot(position)] = position;
            var seen = new TreeSet<Integer>();
            for (int slot = 0; slot < ring.slots(); slot++) {
                if (ring.visible(slot, position)) {
                    seen.add(held[slot]);
                }
            }
            var expected = new TreeSet<Integer>();
            for (int earlier = 0; earlier <= position; earlier++) {
                if (position - earlier < window || earlier < sinks) {
                    expected.add(earlier);
                }
                boolean isHeld = Arrays.stream(held).boxed().toList().contains(earlier);
                assertThat(ring.holds(earlier, position + 1)).isEqualTo(isHeld);
            }
            assertThat(seen).as("position %d", position).isEqualTo(expected);
        }
    }

    @Test
    void cacheWithoutWindowShowsAllAndEnds() {
        var ring = new RingBuffer(7, 0);
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
    void cacheOfNothingIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> new RingBuffer(0, 0)).withMessageContaining("slot");
        assertThatIllegalArgumentException().isThrownBy(() -> new RingBuffer(-1, 4)).withMessageContaining("-1");
    }
}
