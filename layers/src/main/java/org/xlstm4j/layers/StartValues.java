package org.xlstm4j.layers;

import java.util.Map;
import java.util.function.BiConsumer;
import org.deeplearning4j.nn.weights.IWeightInit;
import org.nd4j.linalg.api.ndarray.INDArray;

/** Where the parameters of a layer start; weights are [out, in]. */
final class StartValues {
    private StartValues() {}

    /**
     * Sets all parameters of a layer.
     *
     * @param own       the initialisations that the builder gave to single parameters, by name; null for none
     * @param otherwise sets a parameter, given its name, that the builder gave no initialisation of its own
     */
    static void set(Map<String, IWeightInit> own, Map<String, INDArray> params,
            BiConsumer<String, INDArray> otherwise) {
        OutsideWorkspaces.run(() -> params.forEach((name, parameter) -> {
            if (own != null && own.containsKey(name)) {
                weight(own.get(name), parameter);
            } else {
                otherwise.accept(name, parameter);
            }
        }));
    }

    /** Sets a weight as an initialisation says. */
    static void weight(IWeightInit init, INDArray weight) {
        init.init(fanIn(weight), fanOut(weight), weight.shape(), 'c', weight);
    }

    private static double fanIn(INDArray weight) {
        return weight.size(-1);
    }

    private static double fanOut(INDArray weight) {
        return weight.size(0);
    }
}
