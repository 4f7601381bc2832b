package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CacheLayoutTest {
    @ParameterizedTest
    @CsvSource({"0,1", "0,4", "2,1", "2,5", "3,3", "6,2"})
    void theCacheHoldsWhatTheWindowShows(int sinks, int window) {
        var layout = new CacheLayout(sinks, window);
        var held = new int[layout.slots()];
        Arrays.fill(held, -1);
        for (int position = 0; position < 40; position++) {
            held[layout.slot(position)] = position;
            var seen = new TreeSet<Integer>();
            for (int slot = 0; slot < layout.slots(); slot++) {
                if (layout.visible(slot, position)) {
                    seen.add(held[slot]);
                }
            }
            var expected = new TreeSet<Integer>();
            for (int earlier = 0; earlier <= position; earlier++) {
                if (position - earlier < window || earlier < sinks) {
                    expected.add(earlier);
                }
                boolean inTheCache = Arrays.stream(held).boxed().toList().contains(earlier);
                assertThat(layout.holds(earlier, position + 1)).isEqualTo(inTheCache);
            }
            assertThat(seen).as("position %d", position).isEqualTo(expected);
        }
    }

    @Test
    void aTeachersCacheShowsAllAndEnds() {
        var layout = CacheLayout.of(TinyModels.config(), 7);
        assertThat(layout.slots()).isEqualTo(7);
        for (int position = 0; position < 7; position++) {
            assertThat(layout.slot(position)).isEqualTo(position);
            for (int slot = 0; slot < 7; slot++) {
                assertThat(layout.visible(slot, position)).isEqualTo(slot <= position);
            }
        }
        assertThatThrownBy(() -> layout.slot(7)).isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("7 tokens");
    }

    @Test
    void aStudentsCacheIsItsSinksAndItsWindow() {
        assertThat(CacheLayout.of(TinyModels.student().config(), 1000))
                .isEqualTo(new CacheLayout(TinyModels.SINKS, TinyModels.WINDOW));
    }
}
