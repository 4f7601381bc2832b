package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.distill.targets.StoreInspection.State;

class StoreInspectionTest {
    private static final int ROWS = 40;
    private static final StoreHeader HEADER = TestStores.header(50, 3, false, 7);

    @TempDir
    private Path folder;
    private Path store;
    private byte[] whole;
    private int[] begins;

    @BeforeEach
    void write() throws IOException {
        store = folder.resolve("store");
        var random = new Random(3);
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            writer.append(TestStores.batch(random, HEADER, ROWS), TestStores.logits(random, ROWS * 7, 50));
            writer.finish();
        }
        whole = Files.readAllBytes(store);
        begins = new int[ROWS + 1];
        begins[0] = StoreFile.head(HEADER).length;
        for (int row = 0; row < ROWS; row++) {
            begins[row + 1] = begins[row]
                    + (int) Block.length(Arrays.copyOfRange(whole, begins[row], begins[row] + Integer.BYTES));
        }
    }

    private static List<String> verify(Path path) throws IOException {
        try (var inspection = StoreInspection.open(path)) {
            var told = new ArrayList<Integer>();
            var broken = inspection.verify(told::add);
            assertThat(told).isEqualTo(IntStream.rangeClosed(1, inspection.rows()).boxed().toList());
            return broken;
        }
    }

    private Path part(int length) throws IOException {
        Files.deleteIfExists(store);
        return Files.write(TargetStoreWriter.part(store), Arrays.copyOf(whole, length));
    }

    private byte[] flipped(int at) {
        var bytes = whole.clone();
        bytes[at] ^= 16;
        return bytes;
    }

    @Test
    void aWholeStoreHasNothingBroken() throws IOException {
        try (var inspection = StoreInspection.open(store); var opened = TargetStore.open(store)) {
            assertThat(inspection.state()).isEqualTo(State.COMPLETE);
            assertThat(inspection.header()).isEqualTo(HEADER);
            assertThat(inspection.rows()).isEqualTo(ROWS);
            assertThat(inspection.tokens()).isEqualTo(opened.tokens());
            assertThat(inspection.bytes()).isEqualTo(whole.length);
        }
        assertThat(verify(store)).isEmpty();
    }

    @Test
    void everyDamagedRowIsNamed() throws IOException {
        var bytes = whole.clone();
        bytes[begins[4] + 20] ^= 1;
        bytes[begins[ROWS] - 1] ^= 1;
        Files.write(store, bytes);
        assertThat(verify(store)).satisfiesExactly(
                one -> assertThat(one).startsWith(store + ": row 4 is damaged"),
                other -> assertThat(other).startsWith(store + ": row " + (ROWS - 1) + " is damaged"));
    }

    @Test
    void aDamagedIndexHidesNoRow() throws IOException {
        Files.write(store, flipped(begins[ROWS] + 2));
        try (var inspection = StoreInspection.open(store)) {
            assertThat(inspection.state()).isEqualTo(State.DAMAGED);
            assertThat(inspection.rows()).isEqualTo(ROWS);
            assertThat(inspection.problems()).singleElement().asString().contains("the index at its end is damaged");
        }
        assertThat(verify(store)).hasSize(1);
    }

    @Test
    void aStoreCutShortIsNotAnUnfinishedOne() throws IOException {
        Files.write(store, Arrays.copyOf(whole, begins[9] + 5));
        try (var inspection = StoreInspection.open(store)) {
            assertThat(inspection.state()).isEqualTo(State.DAMAGED);
            assertThat(inspection.rows()).isEqualTo(9);
        }
        assertThat(verify(store)).singleElement().asString().contains("do not end as a store does");
    }

    @Test
    void whatACaptureHasWrittenIsFoundUnderTheStoresName() throws IOException {
        for (int length : new int[] {begins[9], begins[9] + 1, begins[10] - 1}) {
            var part = part(length);
            try (var inspection = StoreInspection.open(store)) {
                assertThat(inspection.state()).isEqualTo(State.UNFINISHED);
                assertThat(inspection.path()).isEqualTo(part);
                assertThat(inspection.rows()).isEqualTo(9);
                assertThat(inspection.tokens()).isBetween(9L, 9L * HEADER.time());
            }
            assertThat(verify(store)).isEmpty();
            assertThat(verify(part)).isEmpty();
        }
        assertThatThrownBy(() -> TargetStore.open(store)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("is not finished");
    }

    @Test
    void aCaptureThatWroteAllButItsNameIsUnfinished() throws IOException {
        part(whole.length);
        try (var inspection = StoreInspection.open(store)) {
            assertThat(inspection.state()).isEqualTo(State.UNFINISHED);
            assertThat(inspection.rows()).isEqualTo(ROWS);
        }
        assertThat(verify(store)).isEmpty();
    }

    @Test
    void aFlippedBitInAnUnfinishedStoreIsNamed() throws IOException {
        var part = part(begins[20]);
        Files.write(part, Arrays.copyOf(flipped(begins[5] + 18), begins[20]));
        assertThat(verify(store)).singleElement().asString().startsWith(part + ": row 5 is damaged");
        // In the number of the row, without which those behind it are not found.
        Files.write(part, Arrays.copyOf(flipped(begins[5] + 5), begins[30]));
        assertThat(verify(store)).singleElement().asString()
                .startsWith(part + ": row 5, from byte " + begins[5] + " on, is damaged");
    }

    @Test
    void whatIsNoStoreIsRefused() throws IOException {
        Files.write(store, flipped(20));
        assertThatThrownBy(() -> StoreInspection.open(store)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("header");
        assertThatThrownBy(() -> StoreInspection.open(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }
}
