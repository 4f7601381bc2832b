package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;

/**
 * The mixer's arrays as kernels see them, or their gradients, in the order in which the ops have them; shapes as in
 * {@link HybridInputs} and {@link HybridParameters}.
 */
record Operands<T>(T x, T query, T key, T value, T queryFeatures, T keyFeatures, T inputGateWeight, T inputGateBias,
                   T forgetGateWeight, T forgetGateBias, T outputGateWeight, T outputGateBias) {
    static final int COUNT = 12;

    static <T> Operands<T> of(List<T> arrays) {
        return new Operands<>(arrays.get(0), arrays.get(1), arrays.get(2), arrays.get(3), arrays.get(4), arrays.get(5),
                arrays.get(6), arrays.get(7), arrays.get(8), arrays.get(9), arrays.get(10), arrays.get(11));
    }

    static List<SDVariable> variables(HybridParameters parameters, HybridInputs in) {
        return List.of(in.x(), in.query(), in.key(), in.value(), parameters.queryFeatures(),
                parameters.keyFeatures(), parameters.inputGateWeight(), parameters.inputGateBias(),
                parameters.forgetGateWeight(), parameters.forgetGateBias(), parameters.outputGateWeight(),
                parameters.outputGateBias());
    }
}
