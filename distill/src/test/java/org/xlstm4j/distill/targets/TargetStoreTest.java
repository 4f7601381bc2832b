package org.xlstm4j.distill.targets;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.model.LmGraph;

class TargetStoreTest {
    private static final int TIME = 13;
    private static final int TOP_K = 5;

    @TempDir
    private static Path shared;
    private static Checkpoint teacher;
    private static PackedDataset data;
    private static Path store;

    @TempDir
    private Path folder;

    @BeforeAll
    static void capture() throws IOException, URISyntaxException {
        var config = TargetStoreTest.class.getResource("/checkpoint/teacher-llama-1m/config.json");
        teacher = Checkpoint.open(Path.of(Objects.requireNonNull(config).toURI()).getParent());
        var random = new Random(4);
        var documents = new ArrayList<Tokens>();
        for (int i = 0; i < 7; i++) {
            documents.add(new Tokens(random.ints(4 + i, 3, 700).toArray(), 2));
        }
        data = new PackedDataset(documents, new PackingOptions(TIME, 2, true, 8));
        store = shared.resolve("store");
        var rows = new ArrayList<Integer>();
        Capture.write(store, teacher, data, TOP_K, rows::add);
        assertThat(rows).isEqualTo(IntStream.rangeClosed(1, data.epoch(0).rows()).boxed().toList());
    }

    @Test
    void everyRowComesBack() throws IOException {
        var epoch = data.epoch(0);
        var graph = LmGraph.of(teacher.load(), TIME, name -> false);
        try (var opened = TargetStore.open(store)) {
            assertThat(opened.header()).isEqualTo(new StoreHeader(StoreHeader.FORMAT, teacher.fingerprint(),
                    opened.header().tokenizer(), 768, TOP_K, TIME, epoch.rows(), true, 8));
            for (int row = 0; row < epoch.rows(); row++) {
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
                    requireTopK(read, at, logits.getRow(from + t).toFloatVector());
                }
            }
        }
    }

    private static void requireTopK(TargetBatch read, int at, float[] logits) {
        var ids = new int[TOP_K];
        var values = new float[TOP_K];
        new TopK(TOP_K).select(logits, 0, logits.length, ids, values, 0);
        for (int i = 0; i < TOP_K; i++) {
            assertThat(read.ids()[at * TOP_K + i]).isEqualTo(ids[i]);
            assertThat(read.logProbabilities()[at * TOP_K + i]).isCloseTo(values[i], within(1e-5f));
        }
    }

    @Test
    void epochsVisitEveryRowInTheirOwnOrder() throws IOException {
        try (var opened = TargetStore.open(store)) {
            int rows = opened.header().rows();
            var first = opened.epoch(1, 3, 0);
            assertThat(first.stream().flatMap(List::stream).sorted().toList())
                    .isEqualTo(IntStream.range(0, rows).boxed().toList());
            assertThat(opened.epoch(1, 3, 0)).isEqualTo(first);
            assertThat(IntStream.range(1, 9).mapToObj(epoch -> opened.epoch(1, 3, epoch)).toList())
                    .anyMatch(order -> !order.equals(first));
            assertThat(opened.epoch(rows - 1, 3, 0)).singleElement().asList().hasSize(rows - 1);
            assertThatThrownBy(() -> opened.epoch(rows + 1, 3, 0)).isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a batch of " + (rows + 1) + " rows");
        }
    }

    @Test
    void aFlippedBitNamesItsRow() throws IOException {
        var bytes = Files.readAllBytes(store);
        try (var whole = TargetStore.open(store)) {
            int rowBytes = whole.header().rowBytes();
            int firstRow = bytes.length - whole.header().rows() * rowBytes;
            for (int offset : new int[] {0, rowBytes / 2, rowBytes - 1}) {
                var damaged = bytes.clone();
                damaged[firstRow + rowBytes + offset] ^= 4;
                var file = Files.write(folder.resolve("damaged" + offset), damaged);
                try (var opened = TargetStore.open(file)) {
                    opened.read(List.of(0));
                    assertThatThrownBy(() -> opened.read(List.of(0, 1))).isInstanceOf(TargetStoreException.class)
                            .hasMessageContaining(file + ": row 1 is damaged");
                }
            }
        }
    }

    @Test
    void aFileCutShortOrGrownIsRefused() throws IOException {
        var bytes = Files.readAllBytes(store);
        for (int length : new int[] {bytes.length - 1, bytes.length - 300, bytes.length + 1}) {
            var file = Files.write(folder.resolve("s" + length), Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> TargetStore.open(file)).isInstanceOf(TargetStoreException.class)
                    .hasMessageContaining("has " + length + " bytes instead of " + bytes.length);
        }
        for (int length : new int[] {0, 11}) {
            var file = Files.write(folder.resolve("s" + length), Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> TargetStore.open(file)).hasMessageContaining("too short for a target store");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "format     | 2      | format 2 is not known",
            "topK       | 0      | top_k 0",
            "topK       | 769    | top_k 769 does not fit a vocabulary of 768",
            "time       | 0      | rows of 0 tokens",
            "rows       | 0      | 0 rows",
            "rows       | 1      | bytes instead of",
            "time       | 'x'    | cannot be read",
            "answerOnly | 'may'  | cannot be read"})
    void headersThatMakeNoSenseAreRefused(String field, String value, String said) throws IOException {
        var bytes = Files.readAllBytes(store);
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(8);
        var json = new String(bytes, 12, length, StandardCharsets.UTF_8);
        var written = value.matches("\\d+") ? value : "\"" + value + "\"";
        var changed = json.replaceFirst("\"" + field + "\":[^,}]+", "\"" + field + "\":" + written);
        assertThat(changed).isNotEqualTo(json);
        requireHeaderRefused(changed.getBytes(StandardCharsets.UTF_8), changed.length(), said);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"2000000 | header of 2000000 bytes", "1 | header of 1 bytes",
        "-5 | header of -5 bytes", "2 | cannot be read"})
    void headersOfImpossibleLengthAreRefused(int length, String said) throws IOException {
        requireHeaderRefused("{]   ".getBytes(StandardCharsets.UTF_8), length, said);
    }

    private void requireHeaderRefused(byte[] json, int length, String said) throws IOException {
        var file = Files.write(folder.resolve("s"), ByteBuffer.allocate(12 + json.length)
                .order(ByteOrder.LITTLE_ENDIAN).put(Capture.MAGIC.getBytes(StandardCharsets.US_ASCII)).putInt(length)
                .put(json).array());
        assertThatThrownBy(() -> TargetStore.open(file)).isInstanceOf(TargetStoreException.class)
                .hasMessageStartingWith(file + ": ").hasMessageContaining(said);
    }

    @Test
    void anotherFileIsNoStore() throws IOException {
        var file = Files.writeString(folder.resolve("s"), "{\"text\": \"some document\"}");
        assertThatThrownBy(() -> TargetStore.open(file)).isInstanceOf(TargetStoreException.class)
                .hasMessageContaining("is not a target store");
    }

    @Test
    void aFailingCaptureLeavesNothing() throws IOException {
        var target = folder.resolve("s");
        assertThatThrownBy(() -> Capture.write(target, teacher, data, TOP_K, row -> {
            throw new IllegalStateException("stopped at row " + row);
        })).hasMessageContaining("stopped at row 1");
        assertThat(folder).isEmptyDirectory();
        assertThatThrownBy(() -> Capture.write(target, teacher, data, 769, row -> { }))
                .hasMessageContaining("vocabulary of 768");
        assertThat(folder).isEmptyDirectory();
    }
}
