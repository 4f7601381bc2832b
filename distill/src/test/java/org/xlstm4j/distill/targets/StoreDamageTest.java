package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Stores that lost or changed bytes. */
class StoreDamageTest {
    private static final int ROWS = 3;
    private static final StoreHeader HEADER = TestStores.header(50, 3, true, 5);

    @TempDir
    private Path folder;
    private Path store;
    private byte[] whole;

    @BeforeEach
    void write() throws IOException {
        store = folder.resolve("store");
        var random = new Random(1);
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            writer.append(TestStores.batch(random, HEADER, ROWS), TestStores.logits(random, ROWS * 5, 50));
            writer.finish();
        }
        whole = Files.readAllBytes(store);
    }

    private static void readAll(Path file) throws IOException {
        try (var opened = TargetStore.open(file)) {
            opened.read(IntStream.range(0, opened.rows()).boxed().toList());
        }
    }

    @Test
    void everyFlippedBitIsFoundAndItsPlaceNamed() throws IOException {
        int head = StoreFile.head(HEADER).length;
        var ends = new int[ROWS + 1];
        ends[0] = head;
        for (int row = 0; row < ROWS; row++) {
            ends[row + 1] = ends[row] + (int) Block.length(Arrays.copyOfRange(whole, ends[row], ends[row] + 4));
        }
        for (int at = 0; at < whole.length; at++) {
            int position = at;
            int row = (int) IntStream.range(0, ROWS).filter(i -> ends[i + 1] <= position).count();
            var place = at < 8 ? "is not a target store" : at < head ? "header" : row < ROWS
                    ? "row " + row + " is damaged" : at < whole.length - 8 ? "index at its end is damaged"
                    : "do not end as a store does";
            for (int bit = 0; bit < 8; bit++) {
                flip(at, bit);
                assertThatThrownBy(() -> readAll(store)).as("bit %d of byte %d", bit, at)
                        .isInstanceOf(TargetStoreException.class).hasMessageStartingWith(store + ": ")
                        .hasMessageContaining(place);
                flip(at, bit);
            }
        }
        readAll(store);
    }

    private void flip(int at, int bit) throws IOException {
        whole[at] ^= (byte) (1 << bit);
        Files.write(store, whole);
    }

    @Test
    void aDamagedRowDoesNotHideTheOthers() throws IOException {
        flip(StoreFile.head(HEADER).length + 30, 1);
        try (var opened = TargetStore.open(store)) {
            assertThat(opened.read(List.of(1, 2)).tokens().batch()).isEqualTo(2);
            assertThatThrownBy(() -> opened.read(List.of(1, 0))).hasMessageContaining("row 0 is damaged");
            assertThatThrownBy(() -> opened.read(List.of(3))).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void everyTruncationIsFound() throws IOException {
        for (int length = 0; length < whole.length; length++) {
            Files.write(store, Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> readAll(store)).as("%d bytes", length).isInstanceOf(TargetStoreException.class)
                    .hasMessageStartingWith(store + ": ");
        }
        Files.write(store, Arrays.copyOf(whole, whole.length + 1));
        assertThatThrownBy(() -> readAll(store)).hasMessageContaining("cut short or added to");
    }

    @Test
    void aRowLeftOutIsFound() throws IOException {
        int head = StoreFile.head(HEADER).length;
        int first = (int) Block.length(Arrays.copyOfRange(whole, head, head + 4));
        var without = ByteBuffer.allocate(whole.length - first).put(whole, 0, head)
                .put(whole, head + first, whole.length - head - first);
        Files.write(store, without.array());
        assertThatThrownBy(() -> readAll(store)).hasMessageContaining("index at its end is damaged");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "format     | 1         | format 1 is not known",
        "values     | 'float32' | values of type float32 are not known",
        "topK       | 0         | top_k 0",
        "topK       | 51        | top_k 51 does not fit a vocabulary of 50",
        "topK       | 2         | row 0 is damaged",
        "vocabSize  | 2000      | row 0 is damaged",
        "time       | 0         | rows of 0 tokens",
        "time       | 4         | row 0 is damaged",
        "time       | 999999999 | too large",
        "time       | 'x'       | cannot be read",
        "tail       | 'may'     | cannot be read"})
    void headersThatMakeNoSenseAreRefused(String field, String value, String said) throws IOException {
        int length = Block.littleEndian(whole).getInt(8);
        var json = new String(whole, 12, length, StandardCharsets.UTF_8);
        var written = value.matches("\\d+") ? value : "\"" + value + "\"";
        var changed = json.replaceFirst("\"" + field + "\":[^,}]+", "\"" + field + "\":" + written);
        assertThat(changed).isNotEqualTo(json);
        replaceHeader(changed.getBytes(StandardCharsets.UTF_8));
        assertThatThrownBy(() -> readAll(store)).isInstanceOf(TargetStoreException.class)
                .hasMessageStartingWith(store + ": ").hasMessageContaining(said);
    }

    /** The store with another header that has a good checksum, and an index of its own. */
    private void replaceHeader(byte[] json) throws IOException {
        var head = Block.littleEndian(new byte[16 + json.length]).put(whole, 0, 8).putInt(json.length).put(json);
        head.putInt(Block.crc(head.array(), head.position()));
        int before = StoreFile.head(HEADER).length;
        var index = new StoreIndex(head.limit());
        int at = before;
        for (int row = 0; row < ROWS; row++) {
            int length = (int) Block.length(Arrays.copyOfRange(whole, at, at + 4));
            index.add(Block.parse(Arrays.copyOfRange(whole, at, at + length), length, row).orElseThrow());
            at += length;
        }
        Files.write(store, head.array());
        Files.write(store, Arrays.copyOfRange(whole, before, at), StandardOpenOption.APPEND);
        Files.write(store, index.toBytes(), StandardOpenOption.APPEND);
    }

    @Test
    void anotherFileIsNoStore() throws IOException {
        Files.writeString(store, "{\"text\": \"some document\"}");
        assertThatThrownBy(() -> readAll(store)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("is not a target store");
        Files.writeString(store, "short");
        assertThatThrownBy(() -> readAll(store)).hasMessageContaining("too short for a target store");
    }
}
