package org.xlstm4j.ops.optimizer;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/**
 * What AdamW remembers of a parameter's gradients, in the parameter's shape and type and in row order.
 *
 * @param first  moving average of the gradients
 * @param second moving average of their squares
 */
public record Moments(INDArray first, INDArray second) {

    /** Those of a parameter before its first step: zeros. */
    public static Moments zeros(INDArray parameter) {
        return new Moments(Nd4j.zeros(parameter.dataType(), parameter.shape()),
                Nd4j.zeros(parameter.dataType(), parameter.shape()));
    }
}
