package org.xlstm4j.merge;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * How one tensor comes out of the experts' tensors of the same name.
 *
 * <p>A method must be deterministic, to the last bit and whatever the number of threads, and leave its inputs alone.
 */
public interface MergeMethod {
    /**
     * Merges one tensor.
     *
     * @param name    the parameter's name, as in the checkpoint
     * @param experts the experts' tensors, in order, all of one shape
     * @return a new array of that shape, of the first expert's data type
     */
    INDArray merge(String name, List<INDArray> experts);

    /**
     * Checks, before anything is read or written, that the method can merge so many experts.
     *
     * @throws IllegalArgumentException if it cannot
     */
    void requireExperts(int experts);
}
