package org.xlstm4j.distill.corpus;

import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.xlstm4j.distill.corpus.TextFiles.CHARACTERS;
import static org.xlstm4j.distill.corpus.TextFiles.batches;
import static org.xlstm4j.distill.corpus.TextFiles.gzip;
import static org.xlstm4j.distill.corpus.TextFiles.jsonLines;
import static org.xlstm4j.distill.corpus.TextFiles.texts;
import static org.xlstm4j.distill.corpus.TextFiles.write;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.distill.corpus.CorpusException.Reason;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.files.compressed.DamagedFileException;

/** Files as they come: of every format, damaged, empty and in places where they were not looked for. */
class CorpusFilesTest {
    private static final PackingOptions PACKING = new PackingOptions(32, 2, false, 5);
    private static final StreamOptions ONE_PASS = StreamOptions.onePass().withShuffleTokens(200).withThreads(2);
    private static final StreamOptions LENIENT = ONE_PASS.withCorrupt(new CorruptLimit(9, 0));
    private static final String GOOD = "{\"text\": \"good\"}\n";

    @TempDir
    Path folder;

    @Test
    void textFilesAreOneDocumentEach() throws IOException {
        write(folder.resolve("a.txt"), "one\n\n two\r\n");
        write(folder.resolve("b.md.gz"), gzip("\uFEFFthree"));
        write(folder.resolve("c.text.zst"), TextFiles.zstd("{not JSON"));

        assertThat(read(ONE_PASS, folder)).containsExactlyInAnyOrder("one\n\n two\r\n", "three", "{not JSON");
    }

    @Test
    void filesWithoutAnEndingAreToldByTheirFirstSign() throws IOException {
        var lines = write(folder.resolve("lines"), "\uFEFF\n {\"prompt\": \"1+1=\", \"answer\": \"2\"}");
        var text = write(folder.resolve("text"), gzip("some text"));

        assertThat(read(ONE_PASS, lines, text)).containsExactlyInAnyOrder("1+1=2", "some text");
    }

    @Test
    void longTextIsCutBehindLinesWordsAndCharactersAndNothingOfItIsLost() throws IOException {
        var most = TextRecords.MOST_BYTES;
        var lines = "a line of text\n".repeat(most / 10);
        var words = "word ".repeat(most / 4);
        var characters = "é✓𝄞".repeat(most / 6);
        for (var text : List.of(lines, words, characters)) {
            var file = write(folder.resolve("long.txt"), text);
            var offset = 0L;
            var bytes = new ByteArrayOutputStream();
            while (offset < Files.size(file)) {
                // Opened anew at every part, as a stream does that goes on.
                var in = Files.newInputStream(file);
                in.skipNBytes(offset);
                try (var records = new TextRecords(in, offset, 7)) {
                    var record = records.next();
                    var part = new String(record.bytes(), UTF_8);
                    assertThat(record.bytes().length).isBetween(1, most);
                    assertThat(part).doesNotContain("\uFFFD");
                    assertThat(record.endLine()).isEqualTo(7 + part.chars().filter(c -> c == '\n').count());
                    if (record.endOffset() < Files.size(file)) {
                        assertThat(record.bytes().length).isGreaterThanOrEqualTo(most / 2);
                        assertThat(part.charAt(part.length() - 1)).isIn('\n', ' ', 'é', '✓', '\uDD1E');
                    }
                    bytes.writeBytes(record.bytes());
                    offset = record.endOffset();
                }
            }
            assertThat(bytes.toString(UTF_8)).isEqualTo(text);
        }
    }

    @Test
    void linesLongerThanTheLimitAreCorruptAndTheNextOneIsRead() throws IOException {
        var most = LineRecords.MOST_BYTES;
        var head = "{\"text\": \"";
        var fits = head + "y".repeat(most - head.length() - 2) + "\"}\n";
        var tooLong = head + "x".repeat(most) + "\"}\n";
        var file = write(folder.resolve("huge.jsonl"), GOOD + tooLong + fits + "\n" + GOOD);
        try (var in = new LineRecords(Files.newInputStream(file), 0, 0)) {
            assertThat(in.next().bytes()).isEqualTo(GOOD.strip().getBytes(UTF_8));
            assertThat(in.next()).isEqualTo(new RawRecord(null, 2, GOOD.length() + tooLong.length(), 2));
            assertThat(in.next().bytes()).hasSize(most);
            assertThat(in.next()).extracting("line", "endOffset", "endLine").containsExactly(5L, Files.size(file), 5L);
            assertThat(in.next()).isNull();
        }
        write(file, GOOD + tooLong + GOOD);
        var stream = open(LENIENT, file);

        assertThat(texts(stream)).containsExactly("good", "good");
        assertThat(stream.report().firstCorrupt()).containsExactly(file + ":2: the line is longer than 8388608 bytes");
    }

    @Test
    void corruptLinesAreCountedAndTheFirstOnesToldWithFileLineAndReason() throws IOException {
        var file = folder.resolve("bad.jsonl");
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes((GOOD + "\n{\"text\": 3}\n" + GOOD + "{\"text\": \"a\n" + GOOD).getBytes(UTF_8));
        bytes.writeBytes(new byte[] {'{', '"', 't', 'e', 'x', 't', '"', ':', '"', (byte) 0xC3, '"', '}', '\n'});
        bytes.writeBytes("1\n2\n3\n4\n".getBytes(UTF_8));
        write(file, bytes.toByteArray());
        var stream = open(LENIENT, file);

        assertThat(texts(stream)).containsExactly("good", "good", "good");
        var report = stream.report();
        assertThat(report.corrupt()).isEqualTo(7);
        assertThat(report.firstCorrupt()).hasSize(5);
        assertThat(report.firstCorrupt().get(0)).startsWith(file + ":3: \"text\" is not a string but NUMBER; expected");
        assertThat(report.firstCorrupt().get(1)).startsWith(file + ":5: broken JSON at column ");
        assertThat(report.firstCorrupt().get(2)).startsWith(file + ":7: broken").contains("UTF-8");
    }

    @Test
    void textThatIsNotUtf8IsCorrupt() throws IOException {
        var latin = write(folder.resolve("latin.txt"), new byte[] {'a', '\n', (byte) 0xE9, 'b'});
        var wide = write(folder.resolve("wide.txt"), "\uFEFFwide".getBytes(UTF_16LE));
        var good = write(folder.resolve("good.jsonl"), GOOD);
        var stream = open(LENIENT, latin, wide, good);

        assertThat(texts(stream)).containsExactly("good");
        assertThat(stream.report().firstCorrupt()).containsExactlyInAnyOrder(
                latin + ":1: the text that begins here is not UTF-8",
                wide + ":1: the text that begins here is not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void moreCorruptLinesThanAllowedStopTheStreamBehindTheBatchesBeforeThem(int threads) throws IOException {
        var file = write(folder.resolve("bad.jsonl"), GOOD.repeat(500) + "x\ny\nz\n" + GOOD.repeat(500));
        var options = ONE_PASS.withThreads(threads);

        assertStops(options.withCorrupt(new CorruptLimit(2, 0)), file, "3 of 503 lines cannot be read, more than");
        assertStops(options.withCorrupt(CorruptLimit.parse("0.29%")), file, "3 of 1003 lines cannot be read");
        assertThat(read(options.withCorrupt(CorruptLimit.parse("0.3%")), file)).hasSize(1000);
        assertThat(read(options.withCorrupt(new CorruptLimit(3, 0)), file)).hasSize(1000);
    }

    private void assertStops(StreamOptions options, Path file, String problem) throws IOException {
        try (var stream = open(options, file)) {
            // 3000 tokens and more lie before the corrupt lines, in rows of 32.
            assertThat(batches(stream, 40)).hasSize(40);
            assertThatThrownBy(() -> batches(stream, 1000)).isInstanceOf(UncheckedIOException.class)
                    .hasMessageStartingWith(file + ":501: broken JSON").hasMessageContaining(problem)
                    .cause().isInstanceOfSatisfying(CorpusException.class,
                            cause -> assertThat(cause.reason()).isEqualTo(Reason.TOO_MANY_CORRUPT));
        }
    }

    @Test
    void shareIsNotJudgedOfAFewLines() {
        var limit = CorruptLimit.parse("0.1%");

        assertThat(limit.isExceeded(1, 1, false)).isFalse();
        assertThat(limit.isExceeded(11, 11, false)).isTrue();
        assertThat(limit.isExceeded(1, 999, true)).isTrue();
        assertThat(limit.isExceeded(1, 1000, true)).isFalse();
        assertThat(limit.isExceeded(100, 100_000, false)).isFalse();
        assertThat(limit.isExceeded(101, 100_000, false)).isTrue();
        assertThat(limit).hasToString("0.1%");
        for (var text : new String[] {"x", "-1", "100%", "1.5", "", "%"}) {
            assertThatThrownBy(() -> CorruptLimit.parse(text)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void emptyFilesAreCountedAndNothingAtAllIsAnError() throws IOException {
        var good = write(folder.resolve("good.jsonl"), GOOD);
        var empty = write(folder.resolve("empty.jsonl"), "");
        var blank = write(folder.resolve("blank.txt"), " \n\n");
        var stream = open(ONE_PASS, good, empty, blank);
        assertThat(texts(stream)).containsExactly("good");
        assertThat(stream.report().emptyFiles()).isEqualTo(2);

        for (var options : List.of(ONE_PASS, ONE_PASS.withEndless(true))) {
            try (var nothing = open(options, empty, blank)) {
                assertThatThrownBy(nothing::next).hasMessageContaining("no document to learn from in its 2 files")
                        .cause().isInstanceOfSatisfying(CorpusException.class,
                                cause -> assertThat(cause.reason()).isEqualTo(Reason.NO_DOCUMENTS));
            }
        }
    }

    @Test
    void pointersOfGitLfsAreRefused() throws IOException {
        for (var name : new String[] {"a.jsonl", "a.txt", "a"}) {
            var file = write(folder.resolve(name),
                    "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n");
            try (var stream = open(LENIENT, file)) {
                assertThatThrownBy(stream::next).hasMessage(
                        file + ": this is a git-LFS pointer, not the file itself; run `git lfs pull` in its folder");
            }
        }
    }

    @Test
    void damagedCompressionStopsTheStreamBehindWhatWasRead() throws IOException {
        var lines = jsonLines(TextFiles.texts('d', 10_000, 40));
        for (var whole : List.of(gzip(lines), TextFiles.zstd(lines))) {
            var file = write(folder.resolve("cut.jsonl"), Arrays.copyOf(whole, whole.length / 2));
            try (var stream = open(LENIENT, file)) {
                assertThat(batches(stream, 50)).hasSize(50);
                assertThatThrownBy(() -> batches(stream, 100_000)).hasMessageStartingWith(file.toString())
                        .cause().isInstanceOf(DamagedFileException.class);
            }
        }
    }

    @Test
    void fileThatVanishesIsNamed() throws IOException {
        var file = write(folder.resolve("a.jsonl"), GOOD);
        var corpus = Corpus.of(List.of(file.toString()));
        try (var stream = corpus.packed(CHARACTERS, PACKING, ONE_PASS.withEndless(true)).stream(DataCursor.START)) {
            Files.delete(file);
            assertThatThrownBy(() -> batches(stream, 1000)).hasMessageContaining(file + ": there is no such file")
                    .cause().isInstanceOf(FileSystemException.class);
        }
    }

    private List<String> read(StreamOptions options, Path... places) throws IOException {
        return texts(open(options, places));
    }

    private CorpusStream open(StreamOptions options, Path... places) throws IOException {
        return Corpus.of(Arrays.stream(places).map(Path::toString).toList())
                .packed(CHARACTERS, PACKING, options).stream(DataCursor.START);
    }
}
