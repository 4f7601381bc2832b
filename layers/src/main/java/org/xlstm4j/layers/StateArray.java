package org.xlstm4j.layers;

import java.util.Arrays;
import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * One of the arrays that a recurrent layer carries from piece to piece of a sequence, [minibatch, shape…].
 *
 * @param name  its key in {@code rnnGetPreviousState} and {@code rnnSetPreviousState}
 * @param start what each of its elements is before the first step
 * @param shape of one example, without the minibatch
 */
public record StateArray(String name, double start, long... shape) {

    public StateArray {
        Objects.requireNonNull(name, "name");
        if (shape.length == 0 || Arrays.stream(shape).anyMatch(size -> size < 1)) {
            throw new IllegalArgumentException("state \"" + name + "\" needs sizes of at least 1, has "
                    + Arrays.toString(shape));
        }
    }

    /** An array that starts at 0. */
    public static StateArray zeros(String name, long... shape) {
        return new StateArray(name, 0, shape);
    }

    long[] shapeFor(long minibatch) {
        var whole = new long[shape.length + 1];
        whole[0] = minibatch;
        System.arraycopy(shape, 0, whole, 1, shape.length);
        return whole;
    }

    INDArray startFor(long minibatch, DataType dataType) {
        return Nd4j.valueArrayOf(shapeFor(minibatch), start, dataType);
    }

    boolean fits(INDArray array) {
        return array.rank() == shape.length + 1 && Arrays.equals(array.shape(), shapeFor(array.size(0)));
    }
}
