package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Writes a safetensors file: tensors are declared first, then {@link #write} asks for them one at a time.
 *
 * <p>Tensors lie by alignment, widest first, then by name; the header is padded to 8 bytes. The file appears under its
 * name only when it is whole.
 */
public final class SafetensorsWriter {
    private static final int CHUNK_ELEMENTS = 1 << 20;
    private static final int ALIGNMENT = 8;

    /** Gives a tensor's values when their turn has come. */
    @FunctionalInterface
    public interface ArraySource {
        INDArray read() throws IOException;
    }

    @FunctionalInterface
    private interface Body {
        void write(WritableByteChannel channel) throws IOException;
    }

    private record Entry(String name, DType dtype, long[] shape, Body body) {
        long elements() {
            return Arrays.stream(shape).reduce(1, Math::multiplyExact);
        }

        long bytes() {
            return Math.multiplyExact(elements(), dtype.bytes());
        }
    }

    private final Map<String, Entry> entries = new TreeMap<>();
    private final Map<String, String> metadata = new TreeMap<>();

    /** Adds free text for the header's metadata. */
    public SafetensorsWriter metadata(String key, String value) {
        metadata.put(key, value);
        return this;
    }

    /** Adds {@code array} with its own shape, to be stored as {@code dtype}: F64, F32, BF16 or F16. */
    public SafetensorsWriter add(String name, DType dtype, INDArray array) {
        return add(name, dtype, array.shape(), () -> array);
    }

    /**
     * Adds a tensor that is read when it is written, and only then; stored as {@code dtype}: F64, F32, BF16 or F16.
     *
     * @throws IllegalArgumentException if the name is taken or {@code dtype} holds integers
     */
    public SafetensorsWriter add(String name, DType dtype, long[] shape, ArraySource source) {
        if (!dtype.isFloat()) {
            throw new IllegalArgumentException("tensor '" + name + "': arrays are stored as floats, not as " + dtype);
        }
        return add(new Entry(name, dtype, shape.clone(), channel -> {
            var array = Objects.requireNonNull(source.read(), () -> "tensor '" + name + "' has no values");
            if (!Arrays.equals(array.shape(), shape)) {
                throw new IllegalArgumentException("tensor '" + name + "' was declared as " + Arrays.toString(shape)
                        + ", but is " + Arrays.toString(array.shape()));
            }
            writeArray(name, dtype, array, channel);
        }));
    }

    /**
     * Adds integers, row-major, stored as {@code dtype}: I64 or I32.
     *
     * @throws IllegalArgumentException if the name is taken, the shape does not fit, or {@code dtype} is another
     */
    public SafetensorsWriter add(String name, DType dtype, long[] shape, long... values) {
        if (dtype != DType.I64 && dtype != DType.I32) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "': integers are stored as I64 or I32, not as " + dtype);
        }
        var entry = new Entry(name, dtype, shape.clone(), channel -> {
            var bytes = buffer(values.length * dtype.bytes());
            Elements.put(dtype, values, bytes);
            writeFully(channel, bytes.flip());
        });
        if (entry.elements() != values.length) {
            throw new IllegalArgumentException("tensor '" + name + "' of shape "
                    + Arrays.toString(shape) + " cannot hold " + values.length + " values");
        }
        return add(entry);
    }

    private SafetensorsWriter add(Entry entry) {
        if (entry.name().equals(SafetensorsHeader.METADATA) || entries.putIfAbsent(entry.name(), entry) != null) {
            throw new IllegalArgumentException("the name '" + entry.name() + "' is taken");
        }
        return this;
    }

    /**
     * Writes the file, replacing one of that name.
     *
     * @throws IOException if writing fails, a source does, or a finite value is beyond the range of its dtype;
     *                     {@code target} is then as it was
     */
    public void write(Path target) throws IOException {
        var ordered = entries.values().stream()
                .sorted(Comparator.comparingInt((Entry entry) -> -entry.dtype().bytes()).thenComparing(Entry::name))
                .toList();
        var header = header(ordered);
        AtomicWrite.file(target, channel -> {
            writeFully(channel, buffer(Long.BYTES).putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (var entry : ordered) {
                entry.body().write(channel);
            }
        });
    }

    private byte[] header(List<Entry> ordered) throws IOException {
        var json = Json.MAPPER.createObjectNode();
        if (!metadata.isEmpty()) {
            var free = json.putObject(SafetensorsHeader.METADATA);
            metadata.forEach(free::put);
        }
        long offset = 0;
        for (var entry : ordered) {
            var node = json.putObject(entry.name()).put("dtype", entry.dtype().name());
            var shape = node.putArray("shape");
            Arrays.stream(entry.shape()).forEach(shape::add);
            node.putArray("data_offsets").add(offset).add(offset += entry.bytes());
        }
        var text = json.toString().getBytes(StandardCharsets.UTF_8);
        var padded = Arrays.copyOf(text, (text.length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
        Arrays.fill(padded, text.length, padded.length, (byte) ' ');
        return padded;
    }

    private static void writeArray(String name, DType dtype, INDArray array, WritableByteChannel channel)
            throws IOException {
        long elements = array.length();
        if (array.isEmpty()) {
            return;
        }
        var type = dtype == DType.F64 ? DataType.DOUBLE : DataType.FLOAT;
        var flat = array.castTo(type).reshape('c', new long[] {elements});
        for (long from = 0; from < elements; from += CHUNK_ELEMENTS) {
            long to = Math.min(elements, from + CHUNK_ELEMENTS);
            var values = flat.get(NDArrayIndex.interval(from, to)).dup().data();
            var bytes = buffer((int) (to - from) * dtype.bytes());
            try {
                if (dtype == DType.F64) {
                    bytes.asDoubleBuffer().put(values.asDouble());
                    bytes.position(bytes.capacity());
                } else {
                    Elements.put(dtype, values.asFloat(), bytes);
                }
            } catch (ArithmeticException e) {
                throw new CheckpointException("tensor '" + name + "': " + e.getMessage() + "; store it as F32", e);
            }
            writeFully(channel, bytes.flip());
        }
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
