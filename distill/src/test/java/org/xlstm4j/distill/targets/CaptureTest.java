package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.model.LmGraph;

class CaptureTest {
    private static final int TIME = TinyCapture.TIME;
    private static final int TOP_K = TinyCapture.TOP_K;
    private static final CaptureOptions OPTIONS = CaptureOptions.of(TOP_K).withTail(true).withThreads(2);

    @TempDir
    private static Path shared;
    private static Checkpoint teacher;
    private static PackedDataset data;
    private static int rows;
    private static Path store;

    @TempDir
    private Path folder;

    @BeforeAll
    static void capture() throws IOException {
        teacher = TinyCapture.teacher();
        data = TinyCapture.data(40);
        rows = data.epoch(0).rows();
        store = shared.resolve("store");
        var told = new ArrayList<Integer>();
        Capture.write(store, teacher, CaptureSource.of(data), OPTIONS, told::add);
        assertThat(told).isEqualTo(IntStream.rangeClosed(1, rows).boxed().toList());
        assertThat(shared).isDirectoryContaining(store::equals).isDirectoryNotContaining(file -> !file.equals(store));
    }

    @Test
    void everyRowComesBack() throws IOException {
        var epoch = data.epoch(0);
        var graph = LmGraph.of(teacher.load(), TIME, name -> false);
        try (var opened = TargetStore.open(store)) {
            assertThat(opened.header()).isEqualTo(Capture.header(teacher, CaptureSource.of(data), OPTIONS));
            assertThat(opened.header()).extracting("vocabSize", "topK", "time", "answerOnly", "seed", "tail")
                    .containsExactly(768, TOP_K, TIME, true, 8L, true);
            assertThat(opened.rows()).isEqualTo(rows);
            for (int row = 0; row < rows; row++) {
                var packed = epoch.batch(row / 2);
                var logits = graph.output(packed.tokenBatch(), List.of(graph.logits())).get(graph.logits().name());
                int from = row % 2 * TIME;
                // Another row before it, for rows come in any order.
                var read = opened.read(List.of(0, row));
                assertThat(read.tokens().batch()).isEqualTo(2);
                for (int t = 0; t < TIME; t++) {
                    int at = TIME + t;
                    assertThat(read.tokens().ids()[at]).isEqualTo(packed.ids()[from + t]);
                    assertThat(read.tokens().positions()[at]).isEqualTo(packed.positions()[from + t]);
                    assertThat(read.tokens().segments()[at]).isEqualTo(packed.segments()[from + t]);
                    assertThat(read.tokens().targets()[at]).isEqualTo(packed.targets()[from + t]);
                    assertThat(read.tokens().weights()[at]).isEqualTo(packed.weights()[from + t]);
                    if (packed.segments()[from + t] > 0) {
                        requireTopK(read, at, logits.getRow(from + t).toFloatVector());
                    }
                }
            }
        }
    }

    private static void requireTopK(TargetBatch read, int at, float[] logits) {
        var ids = PlainTopK.ids(logits, 0, logits.length, TOP_K);
        double logSum = PlainTopK.logSum(logits, 0, logits.length);
        double rest = 1;
        for (int i = 0; i < TOP_K; i++) {
            assertThat(read.ids()[at * TOP_K + i]).isEqualTo(ids[i]);
            assertThat(read.logProbabilities()[at * TOP_K + i])
                    .isCloseTo((float) (logits[ids[i]] - logSum), within(5e-4f));
            rest -= Math.exp(logits[ids[i]] - logSum);
        }
        assertThat(Math.exp(read.tailLogProbabilities()[at])).isCloseTo(rest, within(5e-4));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5})
    void anyNumberOfThreadsGivesTheSameBytes(int threads) throws IOException {
        var other = folder.resolve("s");
        Capture.write(other, teacher, CaptureSource.of(data), OPTIONS.withThreads(threads), row -> { });
        assertThat(other).hasSameBinaryContentAs(store);
    }

    @Test
    void theTailIsLeftOutUnlessWanted() throws IOException {
        var other = folder.resolve("s");
        Capture.write(other, teacher, data, TOP_K, row -> { });
        try (var opened = TargetStore.open(other); var withTail = TargetStore.open(store)) {
            assertThat(opened.read(List.of(1)).tailLogProbabilities()).isEmpty();
            assertThat(opened.read(List.of(1)).ids()).isEqualTo(withTail.read(List.of(1)).ids());
        }
    }

    /** A source that keeps account of what it is asked for. */
    private static final class Account {
        private final List<DataCursor> opened = new ArrayList<>();
        private int batches;
        private int closed;

        /** The dataset's first epoch, after which the stream ends. */
        CaptureSource source(OptionalInt rowsToStore) {
            return new CaptureSource(this::open, data.fingerprint(), data.options(), rowsToStore);
        }

        private BatchStream open(DataCursor place) {
            opened.add(place);
            var stream = data.stream(place);
            return new BatchStream() {
                @Override
                public DataCursor cursor() {
                    return stream.cursor();
                }

                @Override
                public boolean hasNext() {
                    return stream.cursor().block() == 0;
                }

                @Override
                public PackedBatch next() {
                    batches++;
                    return stream.next();
                }

                @Override
                public void close() {
                    closed++;
                    stream.close();
                }
            };
        }
    }

    @Test
    void aStreamOfUnknownLengthIsStoredToItsEnd() throws IOException {
        var other = folder.resolve("s");
        var account = new Account();
        Capture.write(other, teacher, account.source(OptionalInt.empty()), OPTIONS, row -> { });
        assertThat(other).hasSameBinaryContentAs(store);
        assertThat(account.closed).isEqualTo(1);
    }

    @Test
    void oneThatWasEndedGoesOnWhereItWas() throws IOException {
        var other = folder.resolve("s");
        var account = new Account();
        int stop = rows - 3;
        assertThatThrownBy(() -> Capture.write(other, teacher, account.source(OptionalInt.empty()), OPTIONS, row -> {
            if (row == stop) {
                throw new IllegalStateException("stopped at row " + row);
            }
        })).isInstanceOf(IllegalStateException.class).hasMessage("stopped at row " + stop);
        assertThat(other).doesNotExist();
        assertThat(account.closed).isEqualTo(1);
        int before = account.batches;
        var told = new ArrayList<Integer>();
        Capture.write(other, teacher, account.source(OptionalInt.empty()), OPTIONS, told::add);
        assertThat(told).startsWith(stop + 1).endsWith(rows);
        assertThat(other).hasSameBinaryContentAs(store);
        // From the saved place, not from the start.
        assertThat(account.opened.get(1).row()).isPositive();
        assertThat(account.batches - before).isLessThan(data.epoch(0).size() / 2);
        assertThat(folder).isDirectoryContaining(other::equals).isDirectoryNotContaining(file -> !file.equals(other));
    }

    @Test
    void withoutItsPlaceItGoesOnAsWell() throws IOException {
        var other = folder.resolve("s");
        assertThatThrownBy(() -> Capture.write(other, teacher, CaptureSource.of(data), OPTIONS, row -> {
            if (row == 4) {
                throw new IllegalStateException("stopped");
            }
        })).hasMessage("stopped");
        Files.delete(folder.resolve("s.part.cursor"));
        Capture.write(other, teacher, CaptureSource.of(data), OPTIONS, row -> assertThat(row).isGreaterThan(4));
        assertThat(other).hasSameBinaryContentAs(store);
    }

    @Test
    void aDamagedPlaceCostsNothingButTime() throws IOException {
        var part = folder.resolve("s.part");
        Files.write(part, Arrays.copyOf(Files.readAllBytes(store), (int) Files.size(store) / 2));
        Files.write(folder.resolve("s.part.cursor"), new byte[40]);
        Capture.write(folder.resolve("s"), teacher, CaptureSource.of(data), OPTIONS, row -> { });
        assertThat(folder.resolve("s")).hasSameBinaryContentAs(store);
    }

    @Test
    void thePlaceOfADeletedCaptureIsNotTaken() throws IOException {
        var place = new DataCursor("f0f0f0f0f0f0f0f0", 0, 0, List.of());
        var file = new CursorFile(folder.resolve("s.part"));
        file.reached(new CursorFile.Place(1, place));
        file.save();
        assertThat(file.read(2).cursor()).isEqualTo(place);
        assertThat(file.read(0)).isEqualTo(CursorFile.Place.START);
        assertThat(file.read(2)).isEqualTo(CursorFile.Place.START);
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void otherDataDoNotGoOn() throws IOException {
        var other = folder.resolve("s");
        assertThatThrownBy(() -> Capture.write(other, teacher, data, TOP_K, row -> {
            throw new IllegalStateException("stopped");
        })).hasMessage("stopped");
        assertThatThrownBy(() -> Capture.write(other, teacher, TinyCapture.data(8), TOP_K, row -> { }))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining("an unfinished store of other settings")
                .hasMessageContaining("data \"" + data.fingerprint());
    }

    @Test
    void whatCannotWorkIsRefusedBeforeAnythingIsWritten() {
        var target = folder.resolve("s");
        assertThatThrownBy(() -> Capture.write(target, teacher, data, 769, row -> { }))
                .hasMessageContaining("vocabulary of 768");
        var endless = new CaptureSource(data::stream, "endless", data.options(), OptionalInt.of(Integer.MAX_VALUE));
        assertThatThrownBy(() -> Capture.write(target, teacher, endless, CaptureOptions.of(768), row -> { }))
                .isInstanceOf(TargetStoreException.class).hasMessageContaining("bytes and the disk has")
                .hasMessageContaining("lower the top-k");
        assertThat(folder).isEmptyDirectory();
    }
}
