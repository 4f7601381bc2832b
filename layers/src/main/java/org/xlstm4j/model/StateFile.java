package org.xlstm4j.model;

import static org.xlstm4j.model.DecodingStateException.Reason.DAMAGED;
import static org.xlstm4j.model.DecodingStateException.Reason.FORMAT;
import static org.xlstm4j.model.DecodingStateException.Reason.OTHER_MODEL;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.CRC32C;
import java.util.zip.Checksum;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.shade.jackson.core.JsonProcessingException;
import org.nd4j.shade.jackson.databind.JsonNode;
import org.nd4j.shade.jackson.databind.ObjectMapper;
import org.xlstm4j.files.AtomicWrite;

/**
 * A {@link DecodingState}'s file: {@value #MAGIC}, the header's length, 4 bytes, the header, JSON in UTF-8, that names
 * the model, the sequences' lengths and each array's shape, the arrays, float32, in the header's order, and the CRC-32C
 * of all that, 8 bytes. Little-endian throughout.
 */
final class StateFile {
    private static final String MAGIC = "XLSTM4J1";
    private static final int MOST_HEADER = 1 << 24;
    private static final int CHUNK = 1 << 18;
    private static final String LOGITS = "logits";
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;
    private final CausalLm model;
    private final FileChannel channel;
    private final Checksum checksum = new CRC32C();
    private final ByteBuffer buffer = ByteBuffer.allocate(Float.BYTES * CHUNK).order(ByteOrder.LITTLE_ENDIAN);

    private StateFile(Path file, CausalLm model, FileChannel channel) {
        this.file = file;
        this.model = model;
        this.channel = channel;
    }

    static void write(Path file, CausalLm model, DecodeStep step) throws IOException {
        AtomicWrite.file(file, channel -> new StateFile(file, model, channel).write(step));
    }

    static DecodeStep read(Path file, CausalLm model) throws IOException {
        try (var channel = FileChannel.open(file)) {
            return new StateFile(file, model, channel).read(Files.size(file));
        } catch (EOFException e) {
            throw new DecodingStateException(DAMAGED, file, "ends early; write the state again");
        }
    }

    private void write(DecodeStep step) throws IOException {
        var arrays = new LinkedHashMap<String, INDArray>();
        arrays.put(LOGITS, step.logits());
        arrays.putAll(step.state().arrays());
        var header = JSON.createObjectNode();
        header.put("model", model.config().toString());
        header.put("parameters", Fingerprint.of(model));
        header.set("lengths", JSON.valueToTree(step.state().lengths()));
        var shapes = header.putObject("arrays");
        arrays.forEach((name, array) -> shapes.set(name, JSON.valueToTree(array.shape())));
        var bytes = JSON.writeValueAsBytes(header);

        buffer.put(MAGIC.getBytes(StandardCharsets.US_ASCII)).putInt(bytes.length);
        flush();
        writeAll(ByteBuffer.wrap(bytes));
        for (var array : arrays.values()) {
            var flat = array.reshape(array.length());
            for (long from = 0; from < flat.length(); from += CHUNK) {
                long to = Math.min(flat.length(), from + CHUNK);
                var chunk = flat.get(NDArrayIndex.interval(from, to)).dup().data().asFloat();
                buffer.asFloatBuffer().put(chunk);
                buffer.position(Float.BYTES * chunk.length);
                flush();
            }
        }
        buffer.putLong(checksum.getValue());
        flush();
    }

    private void flush() throws IOException {
        buffer.flip();
        writeAll(buffer);
        buffer.clear();
    }

    private void writeAll(ByteBuffer bytes) throws IOException {
        checksum.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private DecodeStep read(long size) throws IOException {
        int start = MAGIC.length() + Integer.BYTES;
        if (size < start || !MAGIC.equals(StandardCharsets.US_ASCII.decode(fill(start).slice().limit(MAGIC.length()))
                .toString())) {
            throw new DecodingStateException(FORMAT, file, "is no decoding state of this version");
        }
        int headerLength = buffer.getInt(MAGIC.length());
        if (headerLength < 0 || headerLength > Math.min(MOST_HEADER, size - start)) {
            throw new DecodingStateException(DAMAGED, file, "has a header of an impossible length, " + headerLength);
        }
        var lengths = lengths(header(headerLength));
        var config = model.config();
        var shapes = new LinkedHashMap<String, long[]>();
        shapes.put(LOGITS, new long[] {lengths.length, config.vocabSize()});
        shapes.putAll(DecodeState.shapes(config, lengths.length, DecodeState.usedSlots(config, lengths)));
        // In double, for a damaged header's numbers may be of any size; those of real files are exact.
        double expected = start + headerLength + Long.BYTES + Float.BYTES * shapes.values().stream()
                .mapToDouble(shape -> Arrays.stream(shape).asDoubleStream().reduce(1, (a, b) -> a * b)).sum();
        if (size != expected) {
            throw new DecodingStateException(DAMAGED, file, String.format(Locale.ROOT,
                    "has %d bytes instead of %.0f; write the state again", size, expected));
        }
        return arrays(shapes, lengths);
    }

    private JsonNode header(int length) throws IOException {
        var bytes = new byte[length];
        for (int from = 0; from < length; from += buffer.capacity()) {
            int part = Math.min(buffer.capacity(), length - from);
            fill(part).get(bytes, from, part);
        }
        try {
            return JSON.readTree(bytes);
        } catch (JsonProcessingException e) {
            throw new DecodingStateException(DAMAGED, file, "has a header that is no JSON; write the state again");
        }
    }

    private int[] lengths(JsonNode header) throws IOException {
        requireSame("architecture", header.path("model").asText(), model.config().toString());
        requireSame("parameters", header.path("parameters").asText(), Fingerprint.of(model));
        var node = header.path("lengths");
        var lengths = IntStream.range(0, node.size()).map(row -> node.get(row).asInt()).toArray();
        if (lengths.length == 0 || Arrays.stream(lengths).anyMatch(length -> length < 1)) {
            throw new DecodingStateException(DAMAGED, file, "has a header without the sequences' lengths");
        }
        return lengths;
    }

    private void requireSame(String what, String written, String here) throws IOException {
        if (!written.equals(here)) {
            throw new DecodingStateException(OTHER_MODEL, file, "is the state of a model of other " + what + ", "
                    + written + ", not of " + here + "; read the prompt again with this model");
        }
    }

    private DecodeStep arrays(Map<String, long[]> shapes, int[] lengths) throws IOException {
        var arrays = new LinkedHashMap<String, INDArray>();
        for (var entry : shapes.entrySet()) {
            arrays.put(entry.getKey(), array(entry.getValue()));
        }
        long sum = checksum.getValue();
        if (fill(Long.BYTES).getLong() != sum) {
            throw new DecodingStateException(DAMAGED, file, "does not have its checksum: it was changed; write the"
                    + " state again");
        }
        return new DecodeStep(arrays.remove(LOGITS), new DecodeState(arrays, lengths));
    }

    private INDArray array(long[] shape) throws IOException {
        var array = Nd4j.create(DataType.FLOAT, shape);
        var flat = array.reshape(array.length());
        for (long from = 0; from < flat.length(); from += CHUNK) {
            int count = (int) Math.min(CHUNK, flat.length() - from);
            var values = new float[count];
            fill(Float.BYTES * count).asFloatBuffer().get(values);
            flat.get(NDArrayIndex.interval(from, from + count)).assign(Nd4j.createFromArray(values));
        }
        return array;
    }

    /** The next bytes, at most as many as the buffer holds. */
    private ByteBuffer fill(int bytes) throws IOException {
        buffer.clear().limit(bytes);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer) < 0) {
                throw new EOFException();
            }
        }
        buffer.flip();
        checksum.update(buffer.duplicate());
        return buffer;
    }
}
