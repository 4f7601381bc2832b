package org.xlstm4j.distill.data;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonLinesTest {
    private static final String GOOD = "{\"text\": \"a\"}\n";

    @TempDir
    Path folder;

    @Test
    void readsTextAndPromptWithAnswerInOrder() throws IOException {
        var first = file("first", "{\"text\": \"Grüße ✓\"}\r\n\n  \n"
                + "{\"task\": 1, \"prompt\": \"1+1=\", \"answer\": \"2\"}");
        var second = file("second", GOOD);

        assertThat(JsonLines.documents(List.of(first, second))).containsExactly(
                new Document("", "Grüße ✓"), new Document("1+1=", "2"), Document.text("a"));
    }

    @Test
    void readsGzipWhateverTheNameAndAllItsMembers() throws IOException {
        var bytes = new ByteArrayOutputStream();
        bytes.writeBytes(gzip(GOOD));
        bytes.writeBytes(gzip("{\"text\": \"b\"}\n"));
        var file = Files.write(folder.resolve("data.jsonl"), bytes.toByteArray());

        assertThat(JsonLines.documents(List.of(file))).containsExactly(Document.text("a"), Document.text("b"));
    }

    @Test
    void emptyFileHasNoDocuments() throws IOException {
        assertThat(JsonLines.documents(List.of(file("empty", ""), file("blank", "\n\n")))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', value = {
        "{\"text\": \"a                        | broken JSON at column",
        "{\"text\": \"a\"} x                   | broken JSON at column",
        "{\"text\": \"a\", \"text\": \"b\"}    | Duplicate field 'text'",
        "[\"a\"]                               | not a JSON object but ARRAY",
        "{\"prompt\": \"a\"}                   | there is no \"answer\"",
        "{\"answer\": \"a\"}                   | there is no \"prompt\"",
        "{\"txt\": \"a\"}                      | there is no \"prompt\"",
        "{\"text\": 3}                         | \"text\" is not a string but NUMBER",
        "{\"text\": null}                      | \"text\" is not a string but NULL",
        "{\"text\": \"a\", \"answer\": \"b\"}  | \"text\" stands beside",
        "version https://git-lfs.github.com/spec/v1 | run git lfs pull",
    })
    void namesFileLineAndWhatIsExpected(String line, String problem) throws IOException {
        var file = file("bad.jsonl", GOOD + "\n" + line + "\n" + GOOD);

        assertThatThrownBy(() -> JsonLines.documents(List.of(file)))
                .isInstanceOfSatisfying(JsonLinesException.class, e -> {
                    assertThat(e.line()).isEqualTo(3);
                    assertThat(e.file()).isEqualTo(file);
                })
                .hasMessageStartingWith(file + ":3: ")
                .hasMessageContaining(problem)
                .hasMessageEndingWith("; expected {\"text\": …} or {\"prompt\": …, \"answer\": …}")
                .hasMessageNotContaining("\n");
    }

    @Test
    void bytesThatAreNotUtf8HaveTheirLine() throws IOException {
        var file = Files.write(folder.resolve("latin"), new byte[] {'\n', '{', '"', (byte) 0xff, '"', '}'});

        assertThatThrownBy(() -> JsonLines.documents(List.of(file))).hasMessageStartingWith(file + ":2: broken");
    }

    @Test
    void truncatedGzipIsAnError() throws IOException {
        var whole = gzip(GOOD.repeat(3));
        var file = Files.write(folder.resolve("cut.gz"), Arrays.copyOf(whole, whole.length - 9));

        assertThatThrownBy(() -> JsonLines.documents(List.of(file)))
                .isInstanceOf(JsonLinesException.class).hasMessageContaining("damaged or incomplete");
    }

    @Test
    void missingFileAndFolderAreNamed() {
        assertThatThrownBy(() -> JsonLines.documents(List.of(folder.resolve("none"))))
                .isInstanceOf(FileSystemException.class).hasMessageContaining("none: there is no such file");
        assertThatThrownBy(() -> JsonLines.documents(List.of(folder)))
                .isInstanceOf(FileSystemException.class).hasMessageContaining("is a folder");
    }

    private Path file(String name, String content) throws IOException {
        return Files.writeString(folder.resolve(name), content, UTF_8);
    }

    private static byte[] gzip(String content) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var out = new GZIPOutputStream(bytes)) {
            out.write(content.getBytes(UTF_8));
        }
        return bytes.toByteArray();
    }
}
