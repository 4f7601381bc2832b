package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.cpu.Floats;

/**
 * The mixer's arrays as kernels see them, or their gradients, in the order in which the ops have them; shapes as in
 * {@link HybridInputs} and {@link HybridParameters}.
 */
record Operands(Floats x, Floats query, Floats key, Floats value, Floats queryFeatures, Floats keyFeatures,
                Floats inputGateWeight, Floats inputGateBias, Floats forgetGateWeight, Floats forgetGateBias,
                Floats outputGateWeight, Floats outputGateBias) {
    static final int COUNT = 12;

    static Operands of(List<Floats> arrays) {
        return new Operands(arrays.get(0), arrays.get(1), arrays.get(2), arrays.get(3), arrays.get(4), arrays.get(5),
                arrays.get(6), arrays.get(7), arrays.get(8), arrays.get(9), arrays.get(10), arrays.get(11));
    }

    static List<SDVariable> variables(HybridParameters parameters, HybridInputs in) {
        return List.of(in.x(), in.query(), in.key(), in.value(), parameters.queryFeatures(),
                parameters.keyFeatures(), parameters.inputGateWeight(), parameters.inputGateBias(),
                parameters.forgetGateWeight(), parameters.forgetGateBias(), parameters.outputGateWeight(),
                parameters.outputGateBias());
    }
}
