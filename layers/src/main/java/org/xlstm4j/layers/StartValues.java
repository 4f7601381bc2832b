package org.xlstm4j.layers;

import java.util.Map;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.weights.WeightInitUtil;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where the parameters of a layer start; weights are [out, in]. */
final class StartValues {
    private StartValues() {}

    /**
     * Sets all parameters of a layer.
     *
     * @param otherwise sets a parameter, given its name, that the builder gave no initialisation of its own
     */
    static void set(SameDiffLayer layer, Map<String, INDArray> params, BiConsumer<String, INDArray> otherwise) {
        var own = layer.getParamWeightInit();
        OutsideWorkspaces.run(() -> params.forEach((name, parameter) -> {
            if (own != null && own.containsKey(name)) {
                own.get(name).init(fanIn(parameter), fanOut(parameter), parameter.shape(), 'c', parameter);
            } else {
                otherwise.accept(name, parameter);
            }
        }));
    }

    /** Sets a weight as the layer's weight initialisation says. */
    static void weight(SameDiffLayer layer, INDArray weight) {
        WeightInitUtil.initWeights(fanIn(weight), fanOut(weight), weight.shape(), layer.getWeightInit(), null, 'c',
                weight);
    }

    private static double fanIn(INDArray weight) {
        return weight.size(-1);
    }

    private static double fanOut(INDArray weight) {
        return weight.size(0);
    }
}
