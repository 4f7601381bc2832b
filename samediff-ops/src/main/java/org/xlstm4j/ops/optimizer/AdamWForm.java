package org.xlstm4j.ops.optimizer;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;

/** How {@link AdamWUpdate} is computed. */
interface AdamWForm {
    /** Takes one step with gradients that fit the parameters; returns their global norm before clipping. */
    double step(AdamWStep step, List<INDArray> gradients);
}
