package org.xlstm4j.safetensors;

import java.io.IOException;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * The elements of ND4J arrays as bytes in the machine's order, a chunk at a time, so that an array may exceed 2 GiB and
 * the heap needs no second copy of it. On the CPU the bytes are the array's own memory.
 */
final class ArrayMemory {
    static final int CHUNK_ELEMENTS = 1 << 18;
    static final int MAX_RANK = 32;

    /** Fills or uses the elements from {@code from} on. */
    @FunctionalInterface
    interface Chunk {
        void accept(long from, ByteBuffer elements) throws IOException;
    }

    private ArrayMemory() {
    }

    /** A new array of {@code type}, FLOAT or DOUBLE, whose chunks {@code filler} fills, row-major. */
    static INDArray filled(DataType type, long[] shape, Chunk filler) throws IOException {
        long elements = TensorInfo.elements(shape);
        if (elements == 0) {
            return Nd4j.create(type, shape);
        }
        var array = Nd4j.createUninitialized(type, shape, 'c');
        if (isOnCpu()) {
            fillInPlace(array, filler);
        } else {
            fillByCopies(array, filler);
        }
        return array;
    }

    static void fillInPlace(INDArray array, Chunk filler) throws IOException {
        for (long from = 0; from < array.length(); from += CHUNK_ELEMENTS) {
            filler.accept(from, memory(array, from, countFrom(from, array)));
        }
    }

    static void fillByCopies(INDArray array, Chunk filler) throws IOException {
        var flat = array.reshape(array.length());
        for (long from = 0; from < flat.length(); from += CHUNK_ELEMENTS) {
            int count = countFrom(from, flat);
            var copy = buffer(array.dataType(), count);
            filler.accept(from, copy);
            flat.get(NDArrayIndex.interval(from, from + count)).assign(array(array.dataType(), copy, count));
        }
    }

    private static int countFrom(long from, INDArray array) {
        return (int) Math.min(CHUNK_ELEMENTS, array.length() - from);
    }

    /** Hands out the elements of {@code array}, row-major and as {@code type}: FLOAT, DOUBLE or LONG. */
    static void forEachChunk(INDArray array, DataType type, Chunk user) throws IOException {
        if (array.isEmpty()) {
            return;
        }
        long elements = array.length();
        var flat = array.reshape('c', new long[] {elements});
        boolean asItLies = isOnCpu() && array.dataType() == type && (elements == 1 || flat.stride(0) == 1);
        for (long from = 0; from < elements; from += CHUNK_ELEMENTS) {
            if (asItLies) {
                user.accept(from, memory(flat, from, countFrom(from, flat)));
            } else {
                acceptCopy(flat, from, countFrom(from, flat), type, user);
            }
        }
        // Buffers hold addresses alone: the array must not be collected before.
        Reference.reachabilityFence(flat);
    }

    private static void acceptCopy(INDArray flat, long from, int count, DataType type, Chunk user) throws IOException {
        // A cast alone may return the view itself, which need not be dense.
        var chunk = flat.get(NDArrayIndex.interval(from, from + count)).castTo(type).dup('c');
        user.accept(from, isOnCpu() ? memory(chunk, 0, count) : copy(chunk, count));
        if (chunk.closeable()) {
            chunk.close();
        }
    }

    private static boolean isOnCpu() {
        return Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU;
    }

    static ByteBuffer memory(INDArray dense, long from, int count) {
        int width = dense.dataType().width();
        return new Part(dense.data().addressPointer().address() + from * width, (long) count * width).asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    /** A pointer of its own to a part: a buffer counts from its pointer's start, and no further than 2 GiB. */
    private static final class Part extends BytePointer {
        Part(long address, long bytes) {
            super((Pointer) null);
            this.address = address;
            this.limit = bytes;
            this.capacity = bytes;
        }
    }

    static ByteBuffer copy(INDArray chunk, int count) {
        var type = chunk.dataType();
        var bytes = buffer(type, count);
        switch (type) {
            case FLOAT -> bytes.asFloatBuffer().put(chunk.data().asFloat());
            case DOUBLE -> bytes.asDoubleBuffer().put(chunk.data().asDouble());
            default -> bytes.asLongBuffer().put(chunk.data().asLong());
        }
        return bytes;
    }

    private static INDArray array(DataType type, ByteBuffer bytes, int count) {
        if (type == DataType.DOUBLE) {
            var values = new double[count];
            bytes.clear().asDoubleBuffer().get(values);
            return Nd4j.createFromArray(values);
        }
        var values = new float[count];
        bytes.clear().asFloatBuffer().get(values);
        return Nd4j.createFromArray(values);
    }

    private static ByteBuffer buffer(DataType type, int elements) {
        return ByteBuffer.allocateDirect(elements * type.width()).order(ByteOrder.nativeOrder());
    }
}
