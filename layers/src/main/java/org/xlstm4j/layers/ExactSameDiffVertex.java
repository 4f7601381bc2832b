package org.xlstm4j.layers;

import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.graph.vertex.GraphVertex;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J SameDiffVertex whose gradients are exact; extend it where you would extend SameDiffVertex.
 *
 * <p>It cures the doubled gradient of DL4J 1.0.0-M2.1 (see {@link ExactSameDiffLayer}), and a second fault, of M1.1 as
 * well: with workspaces on, as they are by default, the gradients of a stock vertex with scalar operations go wrong
 * from the second iteration, since its gradient graph is built inside a workspace. Inputs may change their shape at any
 * time. Masks: the output has a step where any input has it.
 */
public abstract class ExactSameDiffVertex extends SameDiffVertex {

    @Override
    public GraphVertex instantiate(ComputationGraph graph, String name, int idx, INDArray paramsView,
            boolean initializeParams, DataType networkDatatype) {
        setName(name);
        return new ExactVertex(this, graph, name, idx, paramsView, initializeParams, networkDatatype);
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArrays(INDArray[] maskArrays, MaskState currentMaskState,
            int minibatchSize) {
        return Pair.of(union(maskArrays), currentMaskState);
    }

    /** Steps present in any input; null, which is all steps, where an input has no mask. */
    private static INDArray union(INDArray[] masks) {
        if (masks == null || masks.length == 0 || masks[0] == null) {
            return null;
        }
        INDArray union = masks[0];
        for (int i = 1; i < masks.length; i++) {
            if (masks[i] == null) {
                return null;
            }
            union = union.add(masks[i]).gt(0).castTo(union.dataType());
        }
        return union;
    }
}
