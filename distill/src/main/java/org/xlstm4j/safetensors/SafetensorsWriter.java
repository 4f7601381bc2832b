package org.xlstm4j.safetensors;

import com.fasterxml.jackson.core.JsonFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.files.AtomicWrite;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/**
 * Writes safetensors files: tensors are declared first, then {@link #write} or {@link #writeShards} asks for them one
 * at a time.
 *
 * <p>Tensors lie by alignment, widest first, then by name; the header is padded to 8 bytes. A file appears under its
 * name only when it is whole and on the disk.
 */
public final class SafetensorsWriter {
    /** Where Hugging Face's libraries look for a model in one file. */
    public static final String SINGLE_FILE = "model.safetensors";
    /** Where they look for the names of its shards. */
    public static final String INDEX_FILE = SINGLE_FILE + ".index.json";

    private static final int ALIGNMENT = 8;

    /** Gives a tensor's values when their turn has come. */
    @FunctionalInterface
    public interface ArraySource {
        INDArray read() throws IOException;
    }

    private final Map<String, TensorEntry> entries = new LinkedHashMap<>();
    private final Map<String, String> metadata = new TreeMap<>();

    /** Adds free text for the header's metadata. */
    public SafetensorsWriter metadata(String key, String value) {
        if (!HeaderJson.isUnicode(key) || !HeaderJson.isUnicode(value)) {
            throw new IllegalArgumentException("metadata " + HeaderJson.quoted(key) + " holds an unpaired surrogate");
        }
        metadata.put(key, value);
        return this;
    }

    /** Adds {@code array} with its own shape, to be stored as {@code dtype}; see the other methods for which. */
    public SafetensorsWriter add(String name, DType dtype, INDArray array) {
        return add(name, dtype, array.shape(), () -> array);
    }

    /**
     * Adds a tensor that is read when it is written, and only then.
     *
     * @param dtype type to store it as: F64, F32, BF16 or F16, rounded to nearest; or any of integers, for an array of
     *              integers or booleans
     * @throws IllegalArgumentException if the name is taken, or a rule of the format would be broken
     */
    public SafetensorsWriter add(String name, DType dtype, long[] shape, ArraySource source) {
        if (dtype == DType.F8_E4M3 || dtype == DType.F8_E5M2) {
            throw new IllegalArgumentException("tensor '" + name + "': nothing is converted to " + dtype
                    + "; store it as BF16, or copy a tensor that is " + dtype);
        }
        var declared = shape.clone();
        return add(TensorEntry.of(name, dtype, declared, channel -> {
            var array = Objects.requireNonNull(source.read(), () -> "tensor '" + name + "' has no values");
            if (!Arrays.equals(array.shape(), declared)) {
                throw new IllegalArgumentException("tensor '" + name + "' was declared as "
                        + Arrays.toString(declared) + ", but is " + Arrays.toString(array.shape()));
            }
            if (!dtype.isFloat() && array.dataType().isFPType()) {
                throw new IllegalArgumentException(
                        "tensor '" + name + "' was declared as " + dtype + ", but is " + array.dataType());
            }
            writeArray(dtype, array, channel);
        }));
    }

    /**
     * Adds integers, row-major, stored as {@code dtype}: any of integers, or BOOL for 0 and 1.
     *
     * @throws IllegalArgumentException if the name is taken, the shape does not fit, or a rule of the format would be
     *                                  broken
     */
    public SafetensorsWriter add(String name, DType dtype, long[] shape, long... values) {
        if (dtype.isFloat()) {
            throw new IllegalArgumentException("tensor '" + name + "': integers are not stored as " + dtype);
        }
        var entry = TensorEntry.of(name, dtype, shape, channel -> {
            for (int from = 0; from < values.length; from += ArrayMemory.CHUNK_ELEMENTS) {
                int count = Math.min(ArrayMemory.CHUNK_ELEMENTS, values.length - from);
                var bytes = buffer(count * dtype.bytes());
                Elements.fromLongs(dtype, LongBuffer.wrap(values, from, count).slice(), bytes);
                writeFully(channel, bytes);
            }
        });
        if (entry.elements() != values.length) {
            throw new IllegalArgumentException("tensor '" + name + "' of shape "
                    + Arrays.toString(shape) + " cannot hold " + values.length + " values");
        }
        return add(entry);
    }

    /**
     * Adds tensor {@code name} of {@code source}, byte for byte and of whatever type; {@code source} must be open when
     * it is written.
     *
     * @throws IllegalArgumentException if the name is taken
     */
    public SafetensorsWriter copy(String name, SafetensorsFile source) {
        var info = source.info(name);
        return add(TensorEntry.of(name, info.dtype(), info.shape(), channel -> source.copyTo(channel, name)));
    }

    private SafetensorsWriter add(TensorEntry entry) {
        if (entries.putIfAbsent(entry.name(), entry) != null) {
            throw new IllegalArgumentException("the name '" + entry.name() + "' is taken");
        }
        return this;
    }

    /**
     * Writes one file, replacing one of that name.
     *
     * @throws SafetensorsException if a finite value is beyond the range of its dtype, or the header above its limit;
     *                              {@code target} is then as it was
     * @throws IOException          if writing fails, or a source does; {@code target} is then as it was
     */
    public void write(Path target) throws IOException {
        write(target, entries.values());
    }

    /**
     * Writes a model as Hugging Face's libraries expect it: {@link #SINGLE_FILE}, or, if that would exceed
     * {@code maxBytes} of tensors, shards that do not, in the order in which the tensors were added, and last
     * {@link #INDEX_FILE}. A tensor larger than {@code maxBytes} has a shard to itself.
     *
     * <p>Readers go by the index, so that a model of several shards is there only when all of them are.
     *
     * @param folder an existing folder without a model
     * @return the files with tensors, in order
     * @throws FileAlreadyExistsException if {@code folder} holds a model
     * @throws IOException                as {@link #write} does; shards already written stay, the index is not there
     */
    public List<Path> writeShards(Path folder, long maxBytes) throws IOException {
        if (maxBytes <= 0) {
            throw new IllegalArgumentException("a shard must have room for more than " + maxBytes + " bytes");
        }
        for (var name : List.of(SINGLE_FILE, INDEX_FILE)) {
            if (Files.exists(folder.resolve(name))) {
                throw new FileAlreadyExistsException(folder.resolve(name).toString());
            }
        }
        var shards = Shards.of(entries.values(), maxBytes);
        var files = new ArrayList<Path>();
        for (var shard : shards.files().entrySet()) {
            var file = folder.resolve(shard.getKey());
            write(file, shard.getValue());
            files.add(file);
        }
        if (files.size() > 1) {
            var index = shards.index().getBytes(StandardCharsets.UTF_8);
            AtomicWrite.file(folder.resolve(INDEX_FILE), channel -> writeFully(channel, ByteBuffer.wrap(index)));
        }
        return List.copyOf(files);
    }

    private void write(Path target, Collection<TensorEntry> unordered) throws IOException {
        var ordered = unordered.stream().sorted(Comparator
                .comparingInt((TensorEntry entry) -> -entry.dtype().bytes()).thenComparing(TensorEntry::name)).toList();
        var header = header(ordered);
        if (header.length > SafetensorsFile.MAX_HEADER_BYTES) {
            throw new SafetensorsException(Reason.HEADER_TOO_LARGE, target, "a header of " + header.length
                    + " bytes exceeds " + SafetensorsFile.MAX_HEADER_BYTES + "; write fewer tensors to a file");
        }
        AtomicWrite.file(target, channel -> {
            writeFully(channel, buffer(Long.BYTES).putLong(header.length).flip());
            writeFully(channel, ByteBuffer.wrap(header));
            for (var entry : ordered) {
                try {
                    entry.body().write(channel);
                } catch (Elements.OutOfRangeException e) {
                    throw new SafetensorsException(Reason.VALUE_RANGE, target,
                            "tensor '" + entry.name() + "': " + e.getMessage() + "; store it as a wider type");
                }
            }
        });
    }

    private byte[] header(List<TensorEntry> ordered) throws IOException {
        var text = new ByteArrayOutputStream();
        try (var json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart(HeaderJson.METADATA);
                for (var entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long offset = 0;
            for (var entry : ordered) {
                long end = Math.addExact(offset, entry.bytes());
                json.writeObjectFieldStart(entry.name());
                json.writeStringField("dtype", entry.dtype().name());
                json.writeFieldName("shape");
                json.writeArray(entry.shape(), 0, entry.shape().length);
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {offset, end}, 0, 2);
                json.writeEndObject();
                offset = end;
            }
            json.writeEndObject();
        }
        while (text.size() % ALIGNMENT != 0) {
            text.write(' ');
        }
        return text.toByteArray();
    }

    private static void writeArray(DType dtype, INDArray array, WritableByteChannel channel) throws IOException {
        var type = dtype == DType.F64 ? DataType.DOUBLE : dtype.isFloat() ? DataType.FLOAT : DataType.LONG;
        var bytes = buffer((int) Math.min(array.length(), ArrayMemory.CHUNK_ELEMENTS) * dtype.bytes());
        ArrayMemory.forEachChunk(array, type, (from, elements) -> {
            bytes.clear().limit(elements.remaining() / type.width() * dtype.bytes());
            if (dtype.isFloat()) {
                Elements.fromFloats(dtype, elements, bytes);
            } else {
                Elements.fromLongs(dtype, elements.asLongBuffer(), bytes);
            }
            writeFully(channel, bytes);
        });
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static void writeFully(WritableByteChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }
}
