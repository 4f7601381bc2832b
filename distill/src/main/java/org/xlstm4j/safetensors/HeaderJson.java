package org.xlstm4j.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/** Reads the JSON of a header, each entry by itself; how entries lie to each other is left to the header. */
final class HeaderJson {
    static final String METADATA = "__metadata__";
    static final int MAX_RANK = 64;

    /** Names come from strangers: they stay out of the table of names that parsers share. */
    private static final JsonFactory JSON = JsonFactory.builder()
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNameLength(Integer.MAX_VALUE).maxStringLength(Integer.MAX_VALUE).build())
            .build();

    private final Path file;
    private final JsonParser parser;
    private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();
    private Map<String, String> metadata;

    private HeaderJson(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /** Reads {@code text}, which must be UTF-8 and begin with a brace. */
    static HeaderJson parse(byte[] text, Path file) throws IOException {
        // A reader, since Jackson guesses the encoding of bytes.
        var characters = new InputStreamReader(new ByteArrayInputStream(text), StandardCharsets.UTF_8);
        try (var parser = JSON.createParser(characters)) {
            var header = new HeaderJson(file, parser);
            header.read();
            return header;
        } catch (JsonProcessingException e) {
            var problem = e.getOriginalMessage().lines().findFirst().orElse("broken");
            var place = e.getLocation();
            throw new SafetensorsException(Reason.HEADER_NOT_JSON, file, "the header is not JSON: " + problem
                    + " (line " + place.getLineNr() + ", column " + place.getColumnNr() + ")");
        }
    }

    /** Tensors by name, in the order of the header. */
    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata == null ? Map.of() : Collections.unmodifiableMap(metadata);
    }

    private void read() throws IOException {
        parser.nextToken();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var name = unicode(parser.currentName());
            if (name.equals(METADATA) ? metadata != null : tensors.containsKey(name)) {
                throw failure(Reason.DUPLICATE_NAME, quoted(name) + " occurs twice");
            }
            parser.nextToken();
            if (name.equals(METADATA)) {
                readMetadata();
            } else {
                tensors.put(name, readTensor("tensor " + quoted(name)));
            }
        }
        if (parser.nextToken() != null) {
            throw failure(Reason.HEADER_NOT_JSON, "the header goes on after its object");
        }
    }

    private void readMetadata() throws IOException {
        if (!parser.hasToken(JsonToken.START_OBJECT)) {
            throw failure(Reason.METADATA, METADATA + " must be an object");
        }
        metadata = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var key = unicode(parser.currentName());
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw failure(Reason.METADATA, METADATA + " must map to strings, " + quoted(key) + " does not");
            }
            if (metadata.put(key, unicode(parser.getText())) != null) {
                throw failure(Reason.DUPLICATE_NAME, quoted(key) + " occurs twice in " + METADATA);
            }
        }
    }

    private TensorInfo readTensor(String tensor) throws IOException {
        if (!parser.hasToken(JsonToken.START_OBJECT)) {
            throw failure(Reason.ENTRY, tensor + " must be an object");
        }
        DType dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            var field = parser.currentName();
            parser.nextToken();
            boolean twice = false;
            switch (field) {
                case "dtype" -> {
                    twice = dtype != null;
                    dtype = readDType(tensor);
                }
                case "shape" -> {
                    twice = shape != null;
                    shape = readNumbers(tensor, field, Reason.ENTRY, Reason.DIMENSION_OVERFLOW);
                }
                case "data_offsets" -> {
                    twice = offsets != null;
                    offsets = readNumbers(tensor, field, Reason.OFFSETS, Reason.OFFSETS);
                }
                default -> parser.skipChildren();
            }
            if (twice) {
                throw failure(Reason.DUPLICATE_NAME, tensor + " has " + field + " twice");
            }
        }
        if (dtype == null || shape == null || offsets == null || offsets.length != 2) {
            throw failure(Reason.ENTRY, tensor + " needs a dtype, a shape and two data_offsets");
        }
        return checked(tensor, dtype, shape, offsets[0], offsets[1]);
    }

    private DType readDType(String tensor) throws IOException {
        if (!parser.hasToken(JsonToken.VALUE_STRING)) {
            throw failure(Reason.ENTRY, tensor + " has a dtype that is no string");
        }
        var name = parser.getText();
        return DType.named(name).orElseThrow(() -> failure(Reason.DTYPE,
                tensor + " has dtype " + quoted(name) + "; supported are " + Arrays.toString(DType.values())));
    }

    private long[] readNumbers(String tensor, String field, Reason negative, Reason tooLarge) throws IOException {
        if (!parser.hasToken(JsonToken.START_ARRAY)) {
            throw failure(Reason.ENTRY, tensor + " has a " + field + " that is no array");
        }
        var numbers = new long[MAX_RANK];
        int count = 0;
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (count == MAX_RANK) {
                throw failure(Reason.RANK, tensor + " has more than " + MAX_RANK + " numbers in its " + field);
            }
            if (!parser.hasToken(JsonToken.VALUE_NUMBER_INT)) {
                throw number(Reason.ENTRY, tensor, field, "not a whole number");
            }
            if (parser.getText().startsWith("-")) {
                throw number(negative, tensor, field, "less than 0");
            }
            if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
                throw number(tooLarge, tensor, field, "over 63 bits");
            }
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private SafetensorsException number(Reason reason, String tensor, String field, String problem)
            throws IOException {
        return failure(reason, tensor + " has " + quoted(parser.getText()) + " in its " + field + ", " + problem);
    }

    private TensorInfo checked(String tensor, DType dtype, long[] shape, long begin, long end)
            throws SafetensorsException {
        if (end < begin) {
            throw failure(Reason.OFFSETS, tensor + " ends at " + end + " before it begins at " + begin);
        }
        var type = tensor + ", " + dtype + " " + Arrays.toString(shape);
        long needed;
        try {
            needed = Math.multiplyExact(TensorInfo.elements(shape), dtype.bytes());
        } catch (ArithmeticException e) {
            throw failure(Reason.SHAPE_OVERFLOW, type + ", takes more bytes than 63 bits can count");
        }
        if (needed != end - begin) {
            throw failure(Reason.SPAN,
                    type + ", takes " + needed + " bytes, but its offsets span " + (end - begin));
        }
        return new TensorInfo(dtype, shape, begin, end);
    }

    /** {@code text}, unless an escape in it names half a character, which UTF-8 has no bytes for. */
    private String unicode(String text) throws SafetensorsException {
        if (!isUnicode(text)) {
            throw failure(Reason.HEADER_NOT_JSON, quoted(text) + " holds an unpaired surrogate");
        }
        return text;
    }

    static boolean isUnicode(String text) {
        return text.codePoints().noneMatch(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE);
    }

    /** {@code text} as it may stand in a message of one line, whoever wrote it. */
    static String quoted(String text) {
        var start = text.length() <= 80 ? text : text.substring(0, 77) + "...";
        return "'" + start.replaceAll("[\\p{Cntrl}\\p{Cs}\\u2028\\u2029]", "?") + "'";
    }

    private SafetensorsException failure(Reason reason, String message) {
        return new SafetensorsException(reason, file, message);
    }
}
