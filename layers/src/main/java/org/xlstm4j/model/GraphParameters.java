package org.xlstm4j.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;

/** A model's parameters in one graph: variables where they train, constants where not, made when first asked for. */
final class GraphParameters {
    private final SameDiff sd;
    private final CausalLm model;
    private final Predicate<String> trainable;
    private final Map<String, SDVariable> variables = new LinkedHashMap<>();

    GraphParameters(SameDiff sd, CausalLm model, Predicate<String> trainable) {
        this.sd = sd;
        this.model = model;
        this.trainable = trainable;
    }

    SDVariable get(String name) {
        return variables.computeIfAbsent(name, missing -> {
            var array = model.parameters().get(missing);
            if (trainable.test(missing) && array.dataType() != DataType.FLOAT) {
                throw new IllegalArgumentException(missing + " is " + array.dataType() + ", too coarse for the steps of"
                        + " training: train the float32 model, with activations of that type");
            }
            var variable = trainable.test(missing) ? sd.var(missing, array) : sd.constant(missing, array);
            if (variable.getArr() != array) {
                throw new IllegalStateException(missing + " was copied into the graph: training would not reach it");
            }
            return variable;
        });
    }

    /** The language-model head, [vocabSize, hiddenSize]: the embedding where it is tied. */
    SDVariable head() {
        return get(model.config().tiedHead() ? ParameterNames.EMBEDDING : ParameterNames.HEAD);
    }
}
