package org.xlstm4j.ops.cpu;

import java.lang.ref.Reference;
import org.bytedeco.javacpp.IntPointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Integer arrays, such as token ids, as kernels read them. */
public final class Ints {

    private Ints() {
    }

    /**
     * The elements in row-major order.
     *
     * @param array of any type, integers or whole floating-point numbers, of any shape and strides
     * @return a copy
     */
    public static int[] of(INDArray array) {
        var dense = array.castTo(DataType.INT).dup('c');
        var values = new int[Math.toIntExact(dense.length())];
        new IntPointer(dense.data().addressPointer()).get(values);
        // The address alone does not keep the array from being collected.
        Reference.reachabilityFence(dense);
        return values;
    }
}
