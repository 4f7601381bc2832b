package org.xlstm4j.distill.data;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.xlstm4j.files.Compressed;
import org.xlstm4j.files.DamagedFileException;

/**
 * Reads files of one JSON object a line, plain or compressed ({@link Compressed}).
 * Blank lines are passed over; any other line that cannot be used is a {@link JsonLinesException}.
 */
public final class JsonLines {
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();
    private static final String LFS_POINTER = "version https://git-lfs.github.com/";

    private JsonLines() {
    }

    /** The object on one line. */
    public record Line(JsonNode fields) {

        /** Whether there is a field of this name. */
        public boolean has(String field) {
            return fields.has(field);
        }

        /**
         * The string value of a field.
         *
         * @throws IllegalArgumentException if the field is absent or not a string
         */
        public String string(String field) {
            var value = fields.get(field);
            if (value == null) {
                throw new IllegalArgumentException("there is no \"" + field + "\"");
            }
            if (!value.isTextual()) {
                throw new IllegalArgumentException("\"" + field + "\" is not a string but " + value.getNodeType());
            }
            return value.textValue();
        }
    }

    /**
     * The training documents of several files, one after another. Each line is {@code {"text": …}} or
     * {@code {"prompt": …, "answer": …}}; further fields are passed over.
     *
     * @throws JsonLinesException if a line is neither
     * @throws IOException        if a file cannot be read
     */
    public static List<Document> documents(List<Path> files) throws IOException {
        var documents = new ArrayList<Document>();
        for (var file : files) {
            documents.addAll(read(file, "{\"text\": …} or {\"prompt\": …, \"answer\": …}", JsonLines::document));
        }
        return List.copyOf(documents);
    }

    /**
     * The document on one line, {@code {"text": …}} or {@code {"prompt": …, "answer": …}}.
     *
     * @param line the line's bytes, UTF-8
     * @throws IllegalArgumentException if it is neither; the message says why
     */
    public static Document document(byte[] line) {
        return document(new Line(object(line)));
    }

    /** Hears of lines that cannot be used. */
    @FunctionalInterface
    public interface Faults {

        /**
         * A line cannot be used.
         *
         * @throws JsonLinesException to stop at it
         */
        void add(JsonLinesException fault) throws JsonLinesException;
    }

    /**
     * What a parser makes of every line of a file.
     *
     * @param file     the file to read, plain or compressed
     * @param expected what a line should look like, for the message about one that does not
     * @param parser   makes one value of one line; throws IllegalArgumentException to say what is wrong with it
     * @throws JsonLinesException if a line is not a JSON object or the parser refuses it
     * @throws IOException        if the file cannot be read
     */
    public static <T> List<T> read(Path file, String expected, Function<Line, T> parser) throws IOException {
        return read(file, expected, parser, fault -> {
            throw fault;
        });
    }

    /**
     * As {@link #read(Path, String, Function)}, but tells of each line that cannot be used and passes over it.
     *
     * @param faults hears of them
     */
    public static <T> List<T> read(Path file, String expected, Function<Line, T> parser, Faults faults)
            throws IOException {
        var values = new ArrayList<T>();
        var lineNumber = 1;
        // Latin-1 hands the bytes through unchanged, so that Jackson decodes each line and an error in it has its line.
        try (var reader = new BufferedReader(new InputStreamReader(Compressed.open(file), ISO_8859_1))) {
            for (var bytes = reader.readLine(); bytes != null; bytes = reader.readLine()) {
                try {
                    if (!bytes.isBlank()) {
                        values.add(parser.apply(new Line(object(bytes.getBytes(ISO_8859_1)))));
                    }
                } catch (IllegalArgumentException e) {
                    faults.add(new JsonLinesException(file, lineNumber, e.getMessage() + "; expected " + expected, e));
                }
                lineNumber++;
            }
        } catch (DamagedFileException e) {
            throw new JsonLinesException(file, lineNumber, e.problem(), e);
        }
        return values;
    }

    private static Document document(Line line) {
        if (!line.has("text")) {
            return new Document(line.string("prompt"), line.string("answer"));
        }
        if (line.has("prompt") || line.has("answer")) {
            throw new IllegalArgumentException("\"text\" stands beside \"prompt\" or \"answer\"");
        }
        return Document.text(line.string("text"));
    }

    private static JsonNode object(byte[] bytes) {
        if (new String(bytes, 0, Math.min(bytes.length, LFS_POINTER.length()), ISO_8859_1).equals(LFS_POINTER)) {
            throw new IllegalArgumentException("this is a git-LFS pointer, not the file itself: run git lfs pull");
        }
        JsonNode node;
        try {
            node = MAPPER.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("broken JSON at column " + column(e) + ": " + reason(e), e);
        } catch (IOException e) {
            throw new IllegalArgumentException("broken text: " + e.getMessage(), e);
        }
        if (!node.isObject()) {
            throw new IllegalArgumentException("not a JSON object but " + node.getNodeType());
        }
        return node;
    }

    private static int column(JsonProcessingException e) {
        return e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
    }

    /** Jackson's words without its own idea of the line, which is always 1 here. */
    private static String reason(JsonProcessingException e) {
        return e.getOriginalMessage().replaceAll("(?s)\\s*\\(start marker at .*|\\s*\\R.*", "");
    }
}
