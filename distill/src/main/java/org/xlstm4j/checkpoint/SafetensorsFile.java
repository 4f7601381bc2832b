package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * A safetensors file, memory-mapped: opening reads the header alone, and a tensor's bytes are read when asked for.
 *
 * <p>Files and tensors may exceed 2 GiB. Several threads may read at once.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">The format</a>
 */
public final class SafetensorsFile implements AutoCloseable {
    private static final int CHUNK_ELEMENTS = 1 << 22;

    private final Path path;
    private final FileChannel channel;
    private final SafetensorsHeader header;

    private SafetensorsFile(Path path, FileChannel channel, SafetensorsHeader header) {
        this.path = path;
        this.channel = channel;
        this.header = header;
    }

    /**
     * Opens {@code path} and checks its header.
     *
     * @throws SafetensorsException if the file breaks a rule of the format
     * @throws IOException          if it cannot be read
     */
    public static SafetensorsFile open(Path path) throws IOException {
        var channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new SafetensorsFile(path, channel, SafetensorsHeader.read(channel, path));
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    /** The file. */
    public Path path() {
        return path;
    }

    /** Names of the tensors, in the order of their bytes. */
    public List<String> names() {
        return List.copyOf(header.tensors().keySet());
    }

    /** Free text that the writer left, by key. */
    public Map<String, String> metadata() {
        return header.metadata();
    }

    /** Whether there is a tensor of that name. */
    public boolean contains(String name) {
        return header.tensors().containsKey(name);
    }

    /**
     * Type, shape and place of tensor {@code name}.
     *
     * @throws NoSuchElementException if there is none of that name
     */
    public TensorInfo info(String name) {
        var info = header.tensors().get(name);
        if (info == null) {
            throw new NoSuchElementException(path + " has no tensor '" + name + "'");
        }
        return info;
    }

    /**
     * A new float32 array with the tensor's shape, from F32, BF16, F16 or (rounded) F64.
     *
     * @throws IllegalArgumentException if the tensor holds integers: see {@link #readLongs}
     */
    public INDArray readFloat32(String name) throws IOException {
        var info = requireFloat(name);
        return read(info, DataType.FLOAT, (from, count) -> {
            var values = new float[count];
            Elements.floats(info.dtype(), map(info, from, count), values);
            return Nd4j.createFromArray(values);
        });
    }

    /**
     * A new float64 array with the tensor's shape, from F64, F32, BF16 or F16.
     *
     * @throws IllegalArgumentException if the tensor holds integers: see {@link #readLongs}
     */
    public INDArray readFloat64(String name) throws IOException {
        var info = requireFloat(name);
        return read(info, DataType.DOUBLE, (from, count) -> {
            var values = new double[count];
            Elements.doubles(info.dtype(), map(info, from, count), values);
            return Nd4j.createFromArray(values);
        });
    }

    /**
     * The tensor's elements, row-major, from I64, I32, I16, I8, U8 or BOOL.
     *
     * @throws IllegalArgumentException if the tensor holds floating-point numbers or more than fit a Java array
     */
    public long[] readLongs(String name) throws IOException {
        var info = info(name);
        if (info.dtype().isFloat()) {
            throw new IllegalArgumentException(path + ": tensor '" + name + "' is " + info.dtype() + ", not integers");
        }
        var values = new long[intSize(name, info.elements())];
        Elements.longs(info.dtype(), map(info, 0, values.length), values);
        return values;
    }

    /**
     * The tensor's bytes as they lie in the file, read-only and little-endian.
     *
     * @throws IllegalArgumentException if there are more than 2 GiB: see {@link #bytes(String, long, int)}
     */
    public ByteBuffer bytes(String name) throws IOException {
        return bytes(name, 0, intSize(name, info(name).bytes()));
    }

    /** {@code count} of the tensor's bytes from its byte {@code offset} on, read-only and little-endian. */
    public ByteBuffer bytes(String name, long offset, int count) throws IOException {
        var info = info(name);
        if (offset < 0 || count < 0 || offset + count > info.bytes()) {
            throw new IndexOutOfBoundsException(
                    "bytes " + offset + " to " + (offset + count) + " of tensor '" + name + "' of " + info.bytes());
        }
        return map(info.begin() + offset, count);
    }

    /** Closes the file; buffers already handed out stay valid. */
    @Override
    public void close() throws IOException {
        channel.close();
    }

    @FunctionalInterface
    private interface ChunkReader {
        /** Elements {@code from} to {@code from + count} as a vector. */
        INDArray read(long from, int count) throws IOException;
    }

    private static INDArray read(TensorInfo info, DataType type, ChunkReader reader) throws IOException {
        long elements = info.elements();
        if (elements == 0) {
            return Nd4j.create(type, info.shape());
        }
        if (elements <= CHUNK_ELEMENTS) {
            return reader.read(0, (int) elements).reshape(info.shape());
        }
        // By chunks, so that a tensor may exceed a Java array and the heap needs no second copy of it.
        var flat = Nd4j.createUninitialized(type, elements);
        for (long from = 0; from < elements; from += CHUNK_ELEMENTS) {
            int count = (int) Math.min(CHUNK_ELEMENTS, elements - from);
            flat.get(NDArrayIndex.interval(from, from + count)).assign(reader.read(from, count));
        }
        return flat.reshape(info.shape());
    }

    private ByteBuffer map(TensorInfo info, long fromElement, int elements) throws IOException {
        long width = info.dtype().bytes();
        return map(info.begin() + fromElement * width, elements * width);
    }

    /** A map of its own for each read: none exceeds 2 GiB, and no element straddles two. */
    private ByteBuffer map(long begin, long count) throws IOException {
        return channel.map(MapMode.READ_ONLY, header.dataStart() + begin, count).order(ByteOrder.LITTLE_ENDIAN);
    }

    private TensorInfo requireFloat(String name) {
        var info = info(name);
        if (!info.dtype().isFloat()) {
            throw new IllegalArgumentException(
                    path + ": tensor '" + name + "' is " + info.dtype() + ", not floating-point numbers");
        }
        return info;
    }

    private int intSize(String name, long size) {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(path + ": tensor '" + name + "' is too large to read at once: " + size);
        }
        return (int) size;
    }
}
