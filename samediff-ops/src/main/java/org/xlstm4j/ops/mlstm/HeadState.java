package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;

/**
 * The memory of one head, or its gradient, in native memory, dense.
 *
 * @param memory     address of S, [keyDim, valueDim]
 * @param normalizer address of z, [keyDim]
 * @param max        address of m, one number
 */
public record HeadState(long memory, long normalizer, long max) {

    /** Memory, normalizer and max of a head among {@code arrays}, from {@code index} on. */
    public static HeadState of(List<Floats> arrays, int index, int row, int head) {
        return new HeadState(arrays.get(index).at(row, head), arrays.get(index + 1).at(row, head),
                arrays.get(index + 2).at(row, head));
    }
}
