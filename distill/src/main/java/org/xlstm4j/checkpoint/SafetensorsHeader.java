package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.xlstm4j.checkpoint.SafetensorsException.Reason;

/** Reads a safetensors header and holds it against every rule of the format. */
final class SafetensorsHeader {
    static final String METADATA = "__metadata__";
    static final int LENGTH_BYTES = Long.BYTES;
    static final int MAX_BYTES = 100_000_000;

    private final Path file;
    private final long dataStart;
    private final Map<String, TensorInfo> tensors;
    private Map<String, String> metadata = Map.of();

    private SafetensorsHeader(Path file, String text, long dataStart, long dataBytes) throws IOException {
        this.file = file;
        this.dataStart = dataStart;
        this.tensors = inFileOrder(entries(text));
        requireContiguous(dataBytes);
    }

    static SafetensorsHeader read(FileChannel channel, Path file) throws IOException {
        if (LfsPointer.begins(channel)) {
            throw new SafetensorsException(Reason.LFS_POINTER, file, LfsPointer.ADVICE);
        }
        long fileBytes = channel.size();
        if (fileBytes < LENGTH_BYTES) {
            throw new SafetensorsException(Reason.TOO_SHORT, file,
                    fileBytes + " bytes are too few for safetensors, which begin with a length of 8 bytes");
        }
        long headerBytes = bytes(channel, 0, LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN).getLong();
        if (headerBytes < 0 || headerBytes > MAX_BYTES) {
            throw new SafetensorsException(Reason.HEADER_TOO_LARGE, file, "a header of "
                    + Long.toUnsignedString(headerBytes) + " bytes exceeds " + MAX_BYTES + "; is this safetensors?");
        }
        if (headerBytes < 2) {
            throw new SafetensorsException(Reason.HEADER_TOO_SMALL, file,
                    "a header of " + headerBytes + " bytes cannot hold a JSON object");
        }
        long dataStart = LENGTH_BYTES + headerBytes;
        if (dataStart > fileBytes) {
            throw new SafetensorsException(Reason.HEADER_PAST_END, file, "the header should end at byte " + dataStart
                    + ", but the file ends at " + fileBytes + "; is the download complete?");
        }
        return new SafetensorsHeader(file, text(channel, (int) headerBytes, file), dataStart, fileBytes - dataStart);
    }

    /** Offset of the first tensor byte in the file. */
    long dataStart() {
        return dataStart;
    }

    /** Tensors by name, in the order of their bytes. */
    Map<String, TensorInfo> tensors() {
        return tensors;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    private static ByteBuffer bytes(FileChannel channel, long position, int count) throws IOException {
        var buffer = ByteBuffer.allocate(count);
        int read = 0;
        while (buffer.hasRemaining() && read >= 0) {
            read = channel.read(buffer, position + buffer.position());
        }
        return buffer.flip();
    }

    private static String text(FileChannel channel, int headerBytes, Path file) throws IOException {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes(channel, LENGTH_BYTES, headerBytes)).toString();
        } catch (CharacterCodingException e) {
            throw new SafetensorsException(Reason.HEADER_NOT_UTF8, file, "the header is not UTF-8");
        }
    }

    private Map<String, TensorInfo> entries(String text) throws IOException {
        if (text.charAt(0) != '{') {
            throw new SafetensorsException(Reason.HEADER_START, file, "the header must begin with {");
        }
        var entries = new LinkedHashMap<String, TensorInfo>();
        boolean metadataSeen = false;
        try (var parser = Json.MAPPER.createParser(text)) {
            // Duplicates are found here, to be told from other faults of the JSON.
            parser.disable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                var name = parser.currentName();
                parser.nextToken();
                JsonNode value = parser.readValueAsTree();
                boolean duplicate = name.equals(METADATA) ? metadataSeen : entries.containsKey(name);
                if (duplicate) {
                    throw new SafetensorsException(Reason.DUPLICATE_NAME, file, "'" + name + "' occurs twice");
                }
                if (name.equals(METADATA)) {
                    metadataSeen = true;
                    metadata = metadata(value);
                } else {
                    entries.put(name, tensor(name, value));
                }
            }
            if (parser.nextToken() != null) {
                throw new SafetensorsException(Reason.HEADER_NOT_JSON, file, "the header goes on after its object");
            }
        } catch (JsonProcessingException e) {
            throw new SafetensorsException(Reason.HEADER_NOT_JSON, file, "the header is not JSON: " + Json.problem(e));
        }
        return entries;
    }

    private Map<String, String> metadata(JsonNode node) throws SafetensorsException {
        var result = new LinkedHashMap<String, String>();
        for (var entry : node.properties()) {
            if (!entry.getValue().isTextual()) {
                throw new SafetensorsException(Reason.METADATA, file,
                        METADATA + " must map to strings, '" + entry.getKey() + "' does not");
            }
            result.put(entry.getKey(), entry.getValue().textValue());
        }
        if (!node.isObject()) {
            throw new SafetensorsException(Reason.METADATA, file, METADATA + " must be an object");
        }
        return Collections.unmodifiableMap(result);
    }

    private TensorInfo tensor(String name, JsonNode entry) throws SafetensorsException {
        var dtypeNode = entry.path("dtype");
        var offsets = entry.path("data_offsets");
        if (!dtypeNode.isTextual() || !entry.path("shape").isArray() || !offsets.isArray() || offsets.size() != 2) {
            throw new SafetensorsException(Reason.ENTRY, file, "tensor '" + name
                    + "' needs a dtype, a shape and two data_offsets, has " + abbreviated(entry));
        }
        var dtype = DType.named(dtypeNode.textValue()).orElseThrow(() -> new SafetensorsException(Reason.DTYPE, file,
                "tensor '" + name + "' has dtype " + dtypeNode.textValue() + "; supported are "
                        + Arrays.toString(DType.values())));
        var shape = new long[entry.path("shape").size()];
        for (int axis = 0; axis < shape.length; axis++) {
            shape[axis] = count(name, "shape", entry.path("shape").get(axis), Reason.SHAPE_OVERFLOW);
        }
        long begin = count(name, "data_offsets", offsets.get(0), Reason.OFFSETS);
        long end = count(name, "data_offsets", offsets.get(1), Reason.OFFSETS);
        if (end < begin) {
            throw new SafetensorsException(Reason.OFFSETS, file,
                    "tensor '" + name + "' ends at " + end + " before it begins at " + begin);
        }
        long needed = bytes(name, dtype, shape);
        if (needed != end - begin) {
            throw new SafetensorsException(Reason.SPAN, file, "tensor '" + name + "', " + dtype + " "
                    + Arrays.toString(shape) + ", takes " + needed + " bytes, but its offsets span " + (end - begin));
        }
        return new TensorInfo(dtype, shape, begin, end);
    }

    private long count(String name, String field, JsonNode number, Reason tooLarge) throws SafetensorsException {
        if (!number.isIntegralNumber() || number.bigIntegerValue().signum() < 0) {
            throw new SafetensorsException(field.equals("shape") ? Reason.ENTRY : tooLarge, file,
                    "tensor '" + name + "' has " + abbreviated(number) + " in its " + field + ", not a whole number");
        }
        if (!number.canConvertToLong()) {
            throw new SafetensorsException(tooLarge, file,
                    "tensor '" + name + "' has " + abbreviated(number) + " in its " + field + ", over 63 bits");
        }
        return number.longValue();
    }

    private long bytes(String name, DType dtype, long[] shape) throws SafetensorsException {
        try {
            long product = 1;
            for (long dimension : shape) {
                product = Math.multiplyExact(product, dimension);
            }
            return Math.multiplyExact(product, dtype.bytes());
        } catch (ArithmeticException e) {
            throw new SafetensorsException(Reason.SHAPE_OVERFLOW, file, "tensor '" + name + "', " + dtype + " "
                    + Arrays.toString(shape) + ", takes more bytes than 63 bits can count");
        }
    }

    private static String abbreviated(JsonNode node) {
        var text = node.toString();
        return text.length() <= 80 ? text : text.substring(0, 77) + "...";
    }

    private static Map<String, TensorInfo> inFileOrder(Map<String, TensorInfo> entries) {
        var sorted = new LinkedHashMap<String, TensorInfo>();
        entries.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(
                        Comparator.comparingLong(TensorInfo::begin).thenComparingLong(TensorInfo::end)))
                .forEachOrdered(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return Collections.unmodifiableMap(sorted);
    }

    private void requireContiguous(long dataBytes) throws SafetensorsException {
        long reached = 0;
        for (var entry : tensors.entrySet()) {
            long begin = entry.getValue().begin();
            if (begin != reached) {
                throw new SafetensorsException(begin < reached ? Reason.OVERLAP : Reason.HOLE, file, "tensor '"
                        + entry.getKey() + "' begins at " + begin + ", but the one before it ends at " + reached);
            }
            reached = entry.getValue().end();
        }
        if (reached > dataBytes) {
            throw new SafetensorsException(Reason.TRUNCATED, file, "the tensors take " + reached
                    + " bytes, but only " + dataBytes + " follow the header; is the download complete?");
        }
        if (reached < dataBytes) {
            throw new SafetensorsException(Reason.TRAILING_BYTES, file,
                    "the tensors take " + reached + " bytes, but " + dataBytes + " follow the header");
        }
    }
}
