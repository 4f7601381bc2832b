package org.xlstm4j.ops.cuda;

import org.nd4j.linalg.api.buffer.DataType;

/** Integer arrays, such as token ids, as kernels read them. */
public final class CudaInts {
    private static final int THREADS = 256;

    private CudaInts() {
    }

    /**
     * The array itself where its type is INT, a converted copy in scratch memory otherwise.
     *
     * @param array integers or whole floating-point numbers
     */
    public static DeviceArray of(DeviceArray array, Gpu gpu) {
        if (array.type() == DataType.INT) {
            return array;
        }
        var ints = gpu.scratch(DataType.INT, array.length());
        gpu.launch("mask/documents.cu", Defines.none().with("Number", array.type()), "ids_to_int",
                Grid.over(array.length(), THREADS), array, ints, array.length());
        return ints;
    }
}
