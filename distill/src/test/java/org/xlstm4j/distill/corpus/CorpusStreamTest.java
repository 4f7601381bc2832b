package org.xlstm4j.distill.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.distill.corpus.TextFiles.CHARACTERS;
import static org.xlstm4j.distill.corpus.TextFiles.assertSame;
import static org.xlstm4j.distill.corpus.TextFiles.batches;
import static org.xlstm4j.distill.corpus.TextFiles.jsonLines;
import static org.xlstm4j.distill.corpus.TextFiles.texts;
import static org.xlstm4j.distill.corpus.TextFiles.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.data.PackingOptions;

class CorpusStreamTest {
    private static final PackingOptions PACKING = new PackingOptions(64, 3, false, 5);
    /** Blocks of a few rows, so that there are many. */
    private static final StreamOptions ENDLESS = StreamOptions.passes().withShuffleTokens(700).withThreads(2);
    private static final StreamOptions ONE_PASS = ENDLESS.withEndless(false);
    private static final List<String> MATH = texts('m', 300, 50);
    private static final List<String> CODE = texts('c', 90, 50);

    @TempDir
    Path folder;
    private Corpus math;
    private Corpus mixture;

    @BeforeEach
    void write3FilesOfMathAnd1OfCode() throws IOException {
        write(folder.resolve("math/a.jsonl"), jsonLines(MATH.subList(0, 130)));
        write(folder.resolve("math/b.jsonl.gz"), TextFiles.gzip(jsonLines(MATH.subList(130, 150))));
        write(folder.resolve("math/deeper/c.jsonl.zst"), TextFiles.zstd(jsonLines(MATH.subList(150, 300))));
        write(folder.resolve("code/all.jsonl"), jsonLines(CODE));
        math = Corpus.of(List.of(folder.resolve("math").toString()));
        mixture = Corpus.mixture("math:3=" + folder.resolve("math") + ",code:1=" + folder.resolve("code"));
    }

    @Test
    void onePassHoldsEveryDocumentOnce() throws IOException {
        var stream = open(math, ONE_PASS, DataCursor.START);

        assertThat(texts(stream)).containsExactlyInAnyOrderElementsOf(MATH).isNotEqualTo(MATH);
        assertThat(stream.report().documents()).isEqualTo(300);
        assertThat(stream.report().tokens()).isEqualTo(MATH.stream().mapToInt(text -> text.length() + 2).sum())
                .isEqualTo(stream.report().rowTokens());
    }

    @Test
    void everyPassHoldsEveryDocumentOnceInAnOrderOfItsOwn() throws IOException {
        var passes = new ArrayList<List<String>>();
        try (var stream = open(math, ENDLESS, DataCursor.START)) {
            var texts = new ArrayList<String>();
            while (texts.size() < 1200) {
                texts.addAll(texts(stream.next()));
            }
            for (var pass = 0; pass < 3; pass++) {
                passes.add(texts.subList(300 * pass, 300 * (pass + 1)));
            }
        }

        assertThat(passes).allSatisfy(pass -> assertThat(pass).containsExactlyInAnyOrderElementsOf(MATH));
        assertThat(new HashSet<>(passes)).hasSize(3);
    }

    @Test
    void onlyTheLastBatchHasEmptyRows() throws IOException {
        List<PackedBatch> batches;
        CorpusReport report;
        try (var stream = open(math, ONE_PASS, DataCursor.START)) {
            batches = batches(stream, 1000);
            report = stream.report();
        }

        assertThat(report.rows() % PACKING.batch()).isNotZero();
        assertThat(report.batches(PACKING.batch())).isEqualTo(batches.size());
        for (var batch : batches.subList(0, batches.size() - 1)) {
            for (var row = 0; row < PACKING.batch(); row++) {
                assertThat(batch.segments()[row * PACKING.time()]).isEqualTo(1);
            }
        }
        assertThat(batches.stream().mapToInt(PackedBatch::tokens).sum()).isEqualTo((int) report.rowTokens());
        assertThat(report.density()).isEqualTo(report.rowTokens() / (64.0 * report.rows())).isGreaterThan(0.8);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8})
    void batchesDoNotDependOnThreads(int threads) throws IOException {
        try (var some = open(mixture, ENDLESS.withThreads(threads), DataCursor.START);
                var others = open(mixture, ENDLESS, DataCursor.START)) {
            for (var i = 0; i < 200; i++) {
                assertSame(some.next(), others.next());
                assertThat(some.cursor()).isEqualTo(others.cursor());
            }
        }
    }

    @Test
    void goesOnFromEveryPlaceAsIfNothingHadHappened() throws IOException {
        var json = new ObjectMapper();
        for (var corpus : List.of(math, mixture)) {
            try (var whole = open(corpus, ENDLESS, DataCursor.START)) {
                var cursors = new ArrayList<DataCursor>();
                var batches = new ArrayList<PackedBatch>();
                for (var i = 0; i < 120; i++) {
                    cursors.add(json.readValue(json.writeValueAsString(whole.cursor()), DataCursor.class));
                    batches.add(whole.next());
                }
                for (var i = 0; i < 115; i += 7) {
                    try (var rest = open(corpus, ENDLESS.withThreads(1 + i % 3), cursors.get(i))) {
                        for (var j = i; j < i + 5; j++) {
                            assertThat(rest.cursor()).isEqualTo(cursors.get(j));
                            assertSame(rest.next(), batches.get(j));
                        }
                    }
                }
                assertThat(cursors.stream().filter(cursor -> cursor.row() > 0)).isNotEmpty();
                assertThat(cursors.get(119).sources().get(0).pass()).isPositive();
            }
        }
    }

    @Test
    void goesOnToTheEndOfASinglePassAndThereIsNothingAfterIt() throws IOException {
        DataCursor end;
        try (var stream = open(math, ONE_PASS, DataCursor.START)) {
            var first = batches(stream, 20).stream().flatMap(batch -> texts(batch).stream()).toList();
            var rest = texts(open(math, ONE_PASS, stream.cursor()));
            assertThat(Stream.concat(first.stream(), rest.stream())).containsExactlyInAnyOrderElementsOf(MATH);
            batches(stream, 1000);
            end = stream.cursor();
        }

        assertThat(texts(open(math, ONE_PASS, end))).isEmpty();
    }

    @Test
    void hasNextDoesNotMoveThePlace() throws IOException {
        try (var stream = open(math, ENDLESS, DataCursor.START)) {
            for (var i = 0; i < 50; i++) {
                var cursor = stream.cursor();
                assertThat(stream.hasNext()).isTrue();
                assertThat(stream.cursor()).isEqualTo(cursor);
                stream.next();
            }
        }
    }

    @Test
    void mixtureHoldsInTokensAllAlong() throws IOException {
        try (var stream = open(mixture, ENDLESS, DataCursor.START)) {
            for (var i = 0; i < 300; i++) {
                stream.next();
                var sources = stream.report().sources();
                var longest = 60;
                assertThat(sources.get(0).tokens() / 3.0)
                        .isCloseTo(sources.get(1).tokens(), within((double) longest));
            }
            assertThat(stream.report().sources()).extracting("name").containsExactly("math", "code");
            assertThat(stream.report().sources()).allSatisfy(source -> assertThat(source.passes()).isPositive());
        }
    }

    @Test
    void singlePassOfAMixtureEndsWithTheSourceThatEndsFirst() throws IOException {
        var even = Corpus.mixture("math=" + folder.resolve("math") + ",code=" + folder.resolve("code"));
        var texts = texts(open(even, ONE_PASS, DataCursor.START));

        assertThat(texts).containsAll(CODE).doesNotHaveDuplicates();
        assertThat(texts.size()).isBetween(150, 220);
    }

    @Test
    void longDocumentsAreCutAndDocumentsWithoutLossLeftOut() throws IOException {
        var file = write(folder.resolve("long.jsonl"), "{\"prompt\": \"a\", \"answer\": \"" + "y".repeat(198) + "\"}\n"
                + "{\"text\": \"\"}\n");
        var noBos = new Encoding(CHARACTERS.encoder(), CHARACTERS.decoder(), Encoding.NO_BOS, TextFiles.EOS);
        var corpus = Corpus.of(List.of(file.toString()));
        try (var stream = corpus.packed(noBos, PACKING, ONE_PASS).stream(DataCursor.START)) {
            var batches = batches(stream, 10);

            assertThat(batches.stream().mapToInt(PackedBatch::countedTargets).sum()).isEqualTo(199);
            assertThat(stream.report()).extracting("documents", "tokens", "cutDocuments", "withoutLoss", "rowTokens")
                    .containsExactly(1L, 200L, 1L, 1L, 203L);
        }
    }

    @Test
    void placeInOtherDataPackingOrPartIsRefused() throws IOException {
        DataCursor cursor;
        try (var stream = open(math, ENDLESS, DataCursor.START)) {
            stream.next();
            cursor = stream.cursor();
        }
        var heldOut = ENDLESS.withHeldOut(new HeldOut(0.5, HeldOut.Part.TRAINING));

        assertThatThrownBy(() -> open(mixture, ENDLESS, cursor)).hasMessageContaining("other data");
        assertThatThrownBy(() -> open(math, heldOut, cursor)).hasMessageContaining("other data");
        assertThatThrownBy(() -> math.packed(CHARACTERS, PACKING.withSeed(6), ENDLESS).stream(cursor))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("other data");
        Files.writeString(folder.resolve("math/a.jsonl"), jsonLines(MATH.subList(0, 129)));
        assertThatThrownBy(() -> open(math, ENDLESS, cursor)).hasMessageContaining("other data");
    }

    @Test
    void placeBehindTheEndOfItsFileOrBlockIsAnError() throws IOException {
        var beyond = new DataCursor("", 3, 0, List.of(new DataCursor.SourcePlace(0, 0, 1 << 20, 7, 99)));
        try (var stream = open(math, ENDLESS, beyond)) {
            assertFails(stream, Reason.CHANGED, "ends before byte 1048576");
        }
        try (var stream = open(math, ENDLESS, new DataCursor("", 0, 500, List.of()))) {
            assertFails(stream, Reason.CHANGED, "rows, not 500");
        }
    }

    @Test
    void failureOfTheTokenizerReachesTheReaderBehindTheBatchesBeforeIt() throws IOException {
        var failing = new Encoding(text -> {
            if (text.startsWith("c80:")) {
                throw new IllegalStateException("no such character");
            }
            return CHARACTERS.encoder().apply(text);
        }, CHARACTERS.decoder(), TextFiles.BOS, TextFiles.EOS);
        var code = Corpus.of(List.of(folder.resolve("code").toString()));
        var counts = new HashSet<Integer>();
        for (var threads : new int[] {1, 4}) {
            try (var stream = code.packed(failing, PACKING, ONE_PASS.withThreads(threads)).stream(DataCursor.START)) {
                var batches = 0;
                for (; batches < 5; batches++) {
                    stream.next();
                }
                assertThatThrownBy(() -> batches(stream, 1000)).isInstanceOf(UncheckedIOException.class)
                        .hasMessageContaining("all.jsonl:81: the tokenizer failed").hasMessageContaining("no such");
                assertFails(stream, Reason.TOKENIZER, "all.jsonl:81");
                counts.add(stream.cursor().hashCode());
            }
        }
        assertThat(counts).hasSize(1);
    }

    @Test
    void closingEndsAllThreads() throws IOException, InterruptedException {
        var running = new AtomicInteger();
        var slow = new Encoding(text -> {
            running.incrementAndGet();
            try {
                return CHARACTERS.encoder().apply(text);
            } finally {
                running.decrementAndGet();
            }
        }, CHARACTERS.decoder(), TextFiles.BOS, TextFiles.EOS);
        for (var i = 0; i < 20; i++) {
            var stream = mixture.packed(slow, PACKING, ENDLESS.withThreads(4)).stream(DataCursor.START);
            batches(stream, i % 3);
            stream.close();
            stream.close();

            assertThat(running).hasValue(0);
            joinIdle();
            assertThat(stream.hasNext()).isFalse();
            assertThatThrownBy(stream::next).isInstanceOf(NoSuchElementException.class).hasMessageContaining("closed");
        }
    }

    /** A pool's threads have no more work when it has terminated, but are a moment on their way out. */
    private static void joinIdle() throws InterruptedException {
        for (var thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().equals("xlstm4j-data")) {
                thread.join(10_000);
                assertThat(thread.isAlive()).isFalse();
            }
        }
    }

    @Test
    void interruptedReaderIsToldAndStaysInterrupted() throws IOException {
        try (var stream = open(math, ENDLESS, DataCursor.START)) {
            Thread.currentThread().interrupt();
            assertThatThrownBy(stream::next).isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("interrupted");
            assertThat(Thread.interrupted()).isTrue();
        }
    }

    @Test
    void surveyIsWhatOnePassHolds() throws IOException {
        var report = math.packed(CHARACTERS, PACKING, ENDLESS).survey();
        var stream = open(math, ONE_PASS, DataCursor.START);
        texts(stream);

        assertThat(report).isEqualTo(stream.report());
    }

    private static void assertFails(CorpusStream stream, Reason reason, String problem) {
        assertThatThrownBy(stream::hasNext).isInstanceOf(UncheckedIOException.class).hasMessageContaining(problem)
                .cause().isInstanceOfSatisfying(CorpusException.class,
                        cause -> assertThat(cause.reason()).isEqualTo(reason));
    }

    private static CorpusStream open(Corpus corpus, StreamOptions options, DataCursor start) throws IOException {
        return corpus.packed(CHARACTERS, PACKING, options).stream(start);
    }
}
