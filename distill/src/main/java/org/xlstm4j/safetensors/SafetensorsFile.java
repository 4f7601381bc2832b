package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A safetensors file, memory-mapped: opening reads the header alone, and a tensor's bytes are read when asked for.
 *
 * <p>Files and tensors may exceed 2 GiB. Several threads may read at once. The file must not change while it is open.
 *
 * @see <a href="https://huggingface.co/docs/safetensors">The format</a>
 */
public final class SafetensorsFile implements AutoCloseable {
    /** The longest header that is read if no other limit is given: 100 MB, the limit of the reference. */
    public static final int MAX_HEADER_BYTES = 100_000_000;

    /** As many float32 numbers as the caches close to a core hold, beside what they are made from. */
    private static final int CACHED_ELEMENTS = 1 << 14;

    private final Path path;
    private final SafetensorsHeader header;
    private final MappedFile bytes;

    private SafetensorsFile(Path path, SafetensorsHeader header, MappedFile bytes) {
        this.path = path;
        this.header = header;
        this.bytes = bytes;
    }

    /**
     * Opens {@code path} and checks its header.
     *
     * @throws SafetensorsException if the file breaks a rule of the format
     * @throws IOException          if it cannot be read
     */
    public static SafetensorsFile open(Path path) throws IOException {
        return open(path, MAX_HEADER_BYTES);
    }

    /**
     * As {@link #open(Path)}, with a limit of its own for the header; the heap that opening takes is a small multiple
     * of the header.
     */
    public static SafetensorsFile open(Path path, int maxHeaderBytes) throws IOException {
        if (Files.exists(path) && !Files.isRegularFile(path)) {
            throw new FileSystemException(path.toString(), null, "is not a file");
        }
        var channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            var header = SafetensorsHeader.read(channel, path, maxHeaderBytes);
            return new SafetensorsFile(path, header, new MappedFile(path, channel));
        } catch (Throwable e) {
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
     * A new float32 array with the tensor's shape, from F32, BF16, F16, F8_E4M3, F8_E5M2 or (rounded) F64.
     *
     * @throws IllegalArgumentException if the tensor holds integers (see {@link #readLongs(String)}) or has more
     *                                  dimensions than ND4J allows
     */
    public INDArray readFloat32(String name) throws IOException {
        var info = requireFloat(name);
        var shape = arrayShape(name, info);
        if (info.dtype() == DType.F32 && ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
            return ArrayMemory.filled(DataType.FLOAT, shape, (from, floats) -> bytes.read(at(info, from), floats));
        }
        var read = chunk(info);
        return ArrayMemory.filled(DataType.FLOAT, shape, (from, floats) ->
                Elements.toFloats(info.dtype(), read(info, from, floats.remaining() / Float.BYTES, read), floats));
    }

    /** A new float64 array; otherwise as {@link #readFloat32}, but that nothing is rounded. */
    public INDArray readFloat64(String name) throws IOException {
        var info = requireFloat(name);
        var read = chunk(info);
        return ArrayMemory.filled(DataType.DOUBLE, arrayShape(name, info), (from, doubles) ->
                Elements.toDoubles(info.dtype(), read(info, from, doubles.remaining() / Double.BYTES, read), doubles));
    }

    /**
     * Fills {@code out} with the tensor's elements from the row-major index {@code from} on, converted as in
     * {@link #readFloat32}.
     *
     * @throws IllegalArgumentException  if the tensor holds integers
     * @throws IndexOutOfBoundsException if it ends before {@code out} is full
     */
    public void readFloats(String name, long from, float[] out) throws IOException {
        var info = requireFloat(name);
        requireInside(name, "elements", from, out.length, info.elements());
        int chunk = Math.min(out.length, CACHED_ELEMENTS);
        var floats = ByteBuffer.allocateDirect(Float.BYTES * chunk).order(ByteOrder.nativeOrder());
        for (int done = 0; done < out.length; done += chunk) {
            int count = Math.min(chunk, out.length - done);
            Elements.toFloats(info.dtype(), slice(info, from + done, count), floats.limit(Float.BYTES * count));
            floats.asFloatBuffer().get(out, done, count);
        }
    }

    /**
     * The tensor's elements, row-major, from I64, I32, I16, I8, U64 (as its 64 bits), U32, U16, U8 or BOOL (0 and 1).
     *
     * @throws IllegalArgumentException if the tensor holds floating-point numbers or more than fit a Java array
     */
    public long[] readLongs(String name) throws IOException {
        var values = new long[intSize(name, requireWhole(name).elements())];
        readLongs(name, 0, values);
        return values;
    }

    /**
     * Fills {@code out} with the tensor's elements from the row-major index {@code from} on, as
     * {@link #readLongs(String)}.
     *
     * @throws IllegalArgumentException  if the tensor holds floating-point numbers
     * @throws IndexOutOfBoundsException if it ends before {@code out} is full
     */
    public void readLongs(String name, long from, long[] out) throws IOException {
        var info = requireWhole(name);
        requireInside(name, "elements", from, out.length, info.elements());
        for (int done = 0; done < out.length; done += ArrayMemory.CHUNK_ELEMENTS) {
            int count = Math.min(ArrayMemory.CHUNK_ELEMENTS, out.length - done);
            Elements.toLongs(info.dtype(), slice(info, from + done, count), out, done, count);
        }
    }

    /**
     * The tensor's bytes as they lie in the file, read-only and little-endian.
     *
     * @throws IllegalArgumentException if there are more than 2 GiB: see {@link #bytes(String, long, int)}
     */
    public ByteBuffer bytes(String name) throws IOException {
        return bytes(name, 0, intSize(name, info(name).bytes()));
    }

    /**
     * {@code count} of the tensor's bytes from its byte {@code offset} on, read-only and little-endian; valid after
     * {@link #close}, too.
     *
     * @throws IndexOutOfBoundsException if the tensor has fewer
     */
    public ByteBuffer bytes(String name, long offset, int count) throws IOException {
        var info = info(name);
        requireInside(name, "bytes", offset, count, info.bytes());
        return bytes.slice(header.dataStart() + info.begin() + offset, count);
    }

    /** Writes the tensor's bytes to {@code channel}. */
    void copyTo(WritableByteChannel channel, String name) throws IOException {
        int step = 1 << 20;
        long total = info(name).bytes();
        for (long offset = 0; offset < total; offset += step) {
            for (var part = bytes(name, offset, (int) Math.min(step, total - offset)); part.hasRemaining(); ) {
                channel.write(part);
            }
        }
    }

    /** Closes the file; buffers already handed out stay valid. */
    @Override
    public void close() throws IOException {
        bytes.close();
    }

    /** Room for a chunk of the tensor's elements. */
    private static ByteBuffer chunk(TensorInfo info) {
        int elements = (int) Math.min(ArrayMemory.CHUNK_ELEMENTS, info.elements());
        return ByteBuffer.allocateDirect(elements * info.dtype().bytes()).order(ByteOrder.LITTLE_ENDIAN);
    }

    private ByteBuffer read(TensorInfo info, long fromElement, int elements, ByteBuffer into) throws IOException {
        into.clear().limit(elements * info.dtype().bytes());
        bytes.read(at(info, fromElement), into);
        return into.flip();
    }

    private long at(TensorInfo info, long element) {
        return header.dataStart() + info.begin() + element * info.dtype().bytes();
    }

    private ByteBuffer slice(TensorInfo info, long fromElement, int elements) throws IOException {
        return bytes.slice(at(info, fromElement), elements * info.dtype().bytes());
    }

    private TensorInfo requireFloat(String name) {
        var info = info(name);
        if (!info.dtype().isFloat()) {
            throw new IllegalArgumentException(
                    path + ": tensor '" + name + "' is " + info.dtype() + ", not floating-point numbers");
        }
        return info;
    }

    private TensorInfo requireWhole(String name) {
        var info = info(name);
        if (info.dtype().isFloat()) {
            throw new IllegalArgumentException(path + ": tensor '" + name + "' is " + info.dtype() + ", not integers");
        }
        return info;
    }

    private long[] arrayShape(String name, TensorInfo info) {
        var shape = info.shape();
        if (shape.length > ArrayMemory.MAX_RANK) {
            throw new IllegalArgumentException(path + ": tensor '" + name + "' has " + shape.length
                    + " dimensions, arrays of ND4J at most " + ArrayMemory.MAX_RANK + "; read its bytes instead");
        }
        return shape;
    }

    private void requireInside(String name, String what, long from, int count, long total) {
        if (from < 0 || count < 0 || from > total - count) {
            throw new IndexOutOfBoundsException(path + ": " + what + " " + from + " to " + (from + count)
                    + " of tensor '" + name + "', which has " + total);
        }
    }

    private int intSize(String name, long size) {
        if (size > Integer.MAX_VALUE) {
            throw new IllegalArgumentException(path + ": tensor '" + name + "' is too large to read at once: " + size);
        }
        return (int) size;
    }
}
