package org.xlstm4j.distill.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PackedStreamTest {
    private static final PackingOptions OPTIONS = new PackingOptions(13, 3, false, 4);

    @Test
    void givesEpochAfterEpoch() {
        var dataset = dataset(OPTIONS);
        var expected = new ArrayList<PackedBatch>();
        IntStream.range(0, 3).forEach(epoch -> dataset.epoch(epoch).forEach(expected::add));

        try (var stream = dataset.stream(DataCursor.START)) {
            for (var batch : expected) {
                assertThat(stream.next()).usingRecursiveComparison().isEqualTo(batch);
            }
        }
    }

    @Test
    void goesOnFromEveryPlaceAsIfNothingHadHappened() throws IOException {
        var json = new ObjectMapper();
        try (var whole = dataset(OPTIONS).stream(DataCursor.START)) {
            for (var i = 0; i < 2 * dataset(OPTIONS).epoch(0).size() + 1; i++) {
                var cursor = json.readValue(json.writeValueAsString(whole.cursor()), DataCursor.class);
                assertThat(cursor).isEqualTo(whole.cursor());
                try (var rest = dataset(OPTIONS).stream(cursor)) {
                    assertThat(rest.cursor()).isEqualTo(cursor);
                    assertThat(rest.next()).usingRecursiveComparison().isEqualTo(whole.next());
                    assertThat(rest.cursor()).isEqualTo(whole.cursor());
                }
            }
        }
    }

    @Test
    void placeInOtherDataOrPackingIsRefused() {
        var cursor = dataset(OPTIONS).stream(DataCursor.START).cursor();
        var others = List.of(dataset(new PackingOptions(13, 3, false, 5)), dataset(new PackingOptions(13, 3, true, 4)),
                new PackedDataset(List.of(new Tokens(new int[] {1, 2, 3}, 0)), OPTIONS));

        for (var other : others) {
            assertThatThrownBy(() -> other.stream(cursor)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("other data or another packing");
        }
        assertThatThrownBy(() -> dataset(OPTIONS).stream(new DataCursor("", 0, 1000, List.of())))
                .hasMessageContaining("no batch 1000");
    }

    @Test
    void closedStreamHasEnded() {
        var stream = dataset(OPTIONS).stream(DataCursor.START);
        stream.close();
        stream.close();

        assertThat(stream).isExhausted();
        assertThatThrownBy(stream::next).isInstanceOf(NoSuchElementException.class);
    }

    private static PackedDataset dataset(PackingOptions options) {
        var random = new Random(6);
        var documents = IntStream.range(0, 40)
                .mapToObj(i -> new Tokens(random.ints(random.nextInt(2, 20), 1, 100).toArray(), 1)).toList();
        return new PackedDataset(documents, options);
    }
}
