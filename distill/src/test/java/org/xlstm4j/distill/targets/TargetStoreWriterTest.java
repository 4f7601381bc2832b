package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class TargetStoreWriterTest {
    private static final int ROWS = 4;
    private static final StoreHeader HEADER = TestStores.header(60, 4, false, 6);

    @TempDir
    private Path folder;
    private Path store;
    private Path part;
    private List<TargetBatch> rows;

    @BeforeEach
    void rows() {
        store = folder.resolve("store");
        part = TargetStoreWriter.part(store);
        var random = new Random(2);
        rows = Stream.generate(() -> TestStores.targets(TestStores.batch(random, HEADER, 1), HEADER,
                TestStores.logits(random, 6, 60))).limit(ROWS).toList();
    }

    private byte[] undisturbed() throws IOException {
        var path = folder.resolve("undisturbed");
        write(path);
        return Files.readAllBytes(path);
    }

    /** Writes the rows that are missing, and returns how many there were. */
    private int write(Path path) throws IOException {
        try (var writer = TargetStoreWriter.open(path, HEADER)) {
            int there = writer.rows();
            for (var row : rows.subList(there, ROWS)) {
                writer.append(row);
            }
            writer.finish();
            return there;
        }
    }

    @Test
    void whereverItEndedItGoesOn() throws IOException {
        var whole = undisturbed();
        int last = -1;
        for (int length = 0; length <= whole.length; length++) {
            Files.write(part, Arrays.copyOf(whole, length));
            int there = write(store);
            assertThat(there).as("rows in %d bytes", length).isGreaterThanOrEqualTo(last);
            last = there;
            assertThat(Files.readAllBytes(store)).as("%d bytes", length).isEqualTo(whole);
            assertThat(part).doesNotExist();
            Files.delete(store);
        }
        assertThat(last).isEqualTo(ROWS);
    }

    @Test
    void rowsAfterADamagedOneAreWrittenAgain() throws IOException {
        var whole = undisturbed();
        int head = StoreFile.head(HEADER).length;
        for (int at = head; at < whole.length; at += 7) {
            var damaged = whole.clone();
            damaged[at] ^= 1;
            Files.write(part, damaged);
            write(store);
            assertThat(Files.readAllBytes(store)).as("byte %d", at).isEqualTo(whole);
            Files.delete(store);
        }
    }

    @Test
    void otherSettingsDoNotGoOn() throws IOException {
        Files.write(part, Arrays.copyOf(undisturbed(), 500));
        var before = Files.readAllBytes(part);
        var other = new StoreHeader(HEADER.format(), "another", HEADER.tokenizer(), 60, 5, HEADER.values(), false,
                HEADER.data(), 6, false, 3);
        assertThatThrownBy(() -> TargetStoreWriter.open(store, other)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("teacher \"teacher\" instead of \"another\", topK 4 instead of 5")
                .hasMessageContaining("delete it");
        assertThat(part).hasBinaryContent(before);
        Files.writeString(part, "not a store at all, but something else that is long enough");
        assertThatThrownBy(() -> TargetStoreWriter.open(store, HEADER)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining(part + ": is not a target store");
    }

    @Test
    void oneAtATimeWrites() throws IOException {
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            writer.append(rows.get(0));
            assertThatThrownBy(() -> TargetStoreWriter.open(store, HEADER)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("being written by another capture");
        }
        assertThat(write(store)).isEqualTo(1);
        assertThatThrownBy(() -> TargetStoreWriter.open(store, HEADER)).isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void noRowsAreNoStore() throws IOException {
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            assertThatThrownBy(writer::finish).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("no rows to store");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void anUnfinishedStoreIsNoStore() throws IOException {
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            writer.append(rows.get(0));
        }
        assertThatThrownBy(() -> TargetStore.open(part)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("its capture was not finished");
    }

    @Test
    void whatTheDiskDoesNotTakeIsWrittenNextTime() throws IOException {
        var whole = undisturbed();
        var writer = TargetStoreWriter.open(store, HEADER);
        writer.append(rows.get(0));
        // As good as a disk that fails.
        writer.close();
        assertThatThrownBy(() -> writer.append(rows.get(1))).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining(part + ": row 1 could not be written").hasMessageContaining("goes on from there");
        assertThat(writer.rows()).isEqualTo(1);
        assertThat(write(store)).isEqualTo(1);
        assertThat(store).hasBinaryContent(whole);
    }

    /** Appends rows to {@code args[0]} until one does not fit, and says what there is then. */
    public static void main(String[] args) throws IOException {
        var random = new Random(1);
        var header = TestStores.header(5000, 64, false, 256);
        var batch = TestStores.batch(random, header, 1);
        var targets = TestStores.targets(batch, header, TestStores.logits(random, 256, 5000));
        var target = Path.of(args[0]);
        try (var writer = TargetStoreWriter.open(target, header)) {
            try {
                for (;;) {
                    writer.append(targets);
                }
            } catch (TargetStoreException full) {
                System.err.println(full.getMessage());
                System.err.println(writer.rows() + " rows, " + writer.bytes() + " bytes of "
                        + Files.size(TargetStoreWriter.part(target)));
            }
        }
    }

    /** The limit on a file's size stands for a disk that is full: writing fails in the middle of a row. */
    @Test
    @DisabledOnOs(OS.WINDOWS)
    void aFullDiskLeavesWholeRows() throws IOException, InterruptedException {
        var log = folder.resolve("log");
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder("sh", "-c", "ulimit -f 4000; exec \"$@\"", "sh", java, "-XX:-UsePerfData",
                "-cp", System.getProperty("java.class.path"), TargetStoreWriterTest.class.getName(), store.toString())
                .redirectErrorStream(true).redirectOutput(log.toFile()).start();
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        try (var writer = TargetStoreWriter.open(store, TestStores.header(5000, 64, false, 256))) {
            assertThat(writer.rows()).isGreaterThan(10);
            assertThat(log).content().contains(part + ": row " + writer.rows() + " could not be written",
                    "once the disk has room", writer.rows() + " rows, " + writer.bytes() + " bytes of "
                            + writer.bytes());
        }
    }

    @Test
    void storesOfPartsMakeAWhole() throws IOException {
        var whole = undisturbed();
        for (int half = 0; half < 2; half++) {
            try (var writer = TargetStoreWriter.open(folder.resolve("half" + half), HEADER)) {
                for (var row : rows.subList(half * ROWS / 2, (half + 1) * ROWS / 2)) {
                    writer.append(row);
                }
                writer.finish();
            }
        }
        try (var writer = TargetStoreWriter.open(store, HEADER);
                var first = TargetStore.open(folder.resolve("half0"));
                var second = TargetStore.open(folder.resolve("half1"))) {
            writer.append(first);
            writer.append(second);
            writer.finish();
        }
        assertThat(store).hasBinaryContent(whole);
        var other = TestStores.header(60, 3, false, 6);
        try (var writer = TargetStoreWriter.open(folder.resolve("other"), other);
                var first = TargetStore.open(folder.resolve("half0"))) {
            assertThatThrownBy(() -> writer.append(first)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("store of other settings, topK 4 instead of 3");
        }
    }

    @Test
    void rowsOfPaddingAreLeftOut() throws IOException {
        var batch = TestStores.batch(new Random(1), HEADER, 3);
        Arrays.fill(batch.segments(), 6, 12, 0);
        try (var writer = TargetStoreWriter.open(store, HEADER)) {
            writer.append(batch, TestStores.logits(new Random(1), 18, 60));
            assertThat(writer.rows()).isEqualTo(2);
            assertThat(writer.bytes()).isEqualTo(Files.size(part));
            writer.finish();
        }
        try (var opened = TargetStore.open(store)) {
            assertThat(opened.tokens()).isEqualTo(batch.tokens());
            assertThat(opened.read(List.of(1)).tokens().ids()).isEqualTo(Arrays.copyOfRange(batch.ids(), 12, 18));
        }
    }
}
