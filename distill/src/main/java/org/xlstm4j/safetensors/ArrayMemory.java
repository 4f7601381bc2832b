package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.javacpp.BytePointer;
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
        var flat = Nd4j.createUninitialized(type, elements);
        var copy = isOnCpu() ? null : buffer(type, (int) Math.min(elements, CHUNK_ELEMENTS));
        for (long from = 0; from < elements; from += CHUNK_ELEMENTS) {
            int count = (int) Math.min(CHUNK_ELEMENTS, elements - from);
            if (copy == null) {
                filler.accept(from, memory(flat, from, count));
            } else {
                filler.accept(from, copy.clear().limit(count * type.width()).slice().order(ByteOrder.nativeOrder()));
                flat.get(NDArrayIndex.interval(from, from + count)).assign(array(type, copy, count));
            }
        }
        return flat.reshape(shape);
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
            int count = (int) Math.min(CHUNK_ELEMENTS, elements - from);
            if (asItLies) {
                user.accept(from, memory(flat, from, count));
            } else {
                acceptCopy(flat, from, count, type, user);
            }
        }
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

    private static ByteBuffer memory(INDArray flat, long from, int count) {
        long width = flat.dataType().width();
        var pointer = new BytePointer(flat.data().addressPointer());
        return pointer.position(from * width).limit((from + count) * width).asByteBuffer()
                .order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer copy(INDArray chunk, int count) {
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
