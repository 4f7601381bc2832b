package org.xlstm4j.ops.cuda;

import java.util.Arrays;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.jita.allocator.impl.AtomicAllocator;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.nativeblas.NativeOpsHolder;

/** A dense array in a GPU's memory, in row order, as kernels see it. */
public final class DeviceArray {
    /** What kernels rely on to read and write 16 bytes at a time. */
    private static final int ALIGNMENT = 16;
    /** Bytes of the largest copy that CUDA takes before it returns. */
    private static final int LARGEST_STAGED = 1 << 16;

    private final long address;
    private final DataType type;
    private final long[] shape;
    /** Keeps the memory; null where it is scratch. */
    private final INDArray array;

    private DeviceArray(long address, DataType type, long[] shape, INDArray array) {
        this.address = address;
        this.type = type;
        this.shape = shape;
        this.array = array;
    }

    static DeviceArray scratch(long address, DataType type, long... shape) {
        return new DeviceArray(address, type, shape, null);
    }

    /** The array itself where kernels can take it as it lies, a copy otherwise; its values are on the GPU. */
    static DeviceArray of(INDArray array) {
        var dense = isDense(array) ? array : array.dup('c');
        buffer(dense).syncToSpecial();
        var taken = taken(dense);
        return taken.address % ALIGNMENT == 0 ? taken : of(dense.dup('c'));
    }

    /**
     * Puts a small array that the host wrote to on the GPU, in line on the stream: ND4J's own way waits for all that
     * the GPU has to do. What the host writes next does not disturb it.
     */
    static void upload(INDArray array, CUstream_st stream) {
        var buffer = buffer(array);
        long bytes = array.length() * array.dataType().width();
        if (bytes > LARGEST_STAGED || !isDense(array)
                || NativeOpsHolder.getInstance().getDeviceNativeOps().dbLocality(buffer) >= 0) {
            of(array);
            return;
        }
        // From memory that is not pinned, CUDA takes a small copy before it returns.
        try (var staged = new BytePointer(bytes)) {
            Pointer.memcpy(staged, buffer.primaryBuffer(), bytes);
            Driver.check(cudart.cuMemcpyHtoDAsync(taken(array).address, staged, bytes, stream), "cuMemcpyHtoDAsync");
        }
        NativeOpsHolder.getInstance().getDeviceNativeOps().dbTickDeviceRead(buffer);
    }

    /** The array itself where kernels can write to it, a new one otherwise, to be handed to {@link #writeTo}. */
    static DeviceArray toWrite(INDArray array) {
        if (isDense(array)) {
            var taken = taken(array);
            if (taken.address % ALIGNMENT == 0) {
                return taken;
            }
        }
        return taken(Nd4j.createUninitialized(array.dataType(), array.shape(), 'c'));
    }

    private static DeviceArray taken(INDArray array) {
        var memory = buffer(array).specialBuffer();
        if (memory == null || memory.isNull()) {
            throw new IllegalStateException("ND4J keeps an array of shape " + Arrays.toString(array.shape())
                    + " out of the GPU's memory");
        }
        return new DeviceArray(memory.address(), array.dataType(), array.shape(), array);
    }

    private static org.nd4j.nativeblas.OpaqueDataBuffer buffer(INDArray array) {
        return AtomicAllocator.getInstance().getAllocationPoint(array).getPtrDataBuffer();
    }

    private static boolean isDense(INDArray array) {
        long dense = 1;
        for (int axis = array.rank() - 1; axis >= 0; axis--) {
            if (array.size(axis) != 1 && array.stride(axis) != dense) {
                return false;
            }
            dense *= array.size(axis);
        }
        return true;
    }

    /** Says to ND4J that a kernel wrote the array, and hands it on to the array that it is for. */
    void writeTo(INDArray target) {
        AtomicAllocator.getInstance().tickDeviceWrite(array);
        if (target != array) {
            target.assign(array);
        }
    }

    /** The address of the first element. */
    long address() {
        return address;
    }

    /** The type of the elements. */
    public DataType type() {
        return type;
    }

    /** The number of elements. */
    public long length() {
        return Arrays.stream(shape).reduce(1, Math::multiplyExact);
    }

    /** The length of an axis. */
    public int size(int axis) {
        return Math.toIntExact(shape[axis]);
    }

    /** The elements from the given one on, as a vector. */
    public DeviceArray from(long element) {
        return new DeviceArray(address + element * type.width(), type, new long[] {length() - element}, array);
    }

    @Override
    public String toString() {
        return type + Arrays.toString(shape);
    }
}
