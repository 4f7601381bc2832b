package org.xlstm4j.distill.train;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.optimizer.AdamWStep;
import org.xlstm4j.ops.optimizer.AdamWUpdate;
import org.xlstm4j.ops.optimizer.Moments;

/**
 * AdamW (arXiv 1711.05101) over named parameters, with a schedule: gradients clipped by their global norm, weight
 * decay decoupled from them and applied to matrices alone, not to norms and biases.
 */
public final class AdamW {
    private final AdamWOptions options;
    private final Map<String, Moments> moments = new LinkedHashMap<>();
    private final AdamWUpdate update;
    private int step;

    /** An optimiser of the given arrays, which it updates in place. */
    public AdamW(AdamWOptions options, Map<String, INDArray> parameters) {
        this.options = options;
        parameters.forEach((name, parameter) -> moments.put(name, Moments.zeros(parameter)));
        this.update = new AdamWUpdate(List.copyOf(parameters.values()), List.copyOf(moments.values()));
    }

    /**
     * Takes one step.
     *
     * @param gradients by parameter; used up by the step
     * @return the global norm of the gradients before clipping
     * @throws ArithmeticException if the norm is not finite; no parameter has changed then
     */
    public double step(Map<String, INDArray> gradients) {
        var numbers = new AdamWStep(step, learningRate(), options.weightDecay(), options.clipNorm(), options.beta1(),
                options.beta2(), options.epsilon());
        double norm = update.apply(numbers, moments.keySet().stream().map(name -> gradient(gradients, name)).toList());
        step++;
        return norm;
    }

    private static INDArray gradient(Map<String, INDArray> gradients, String parameter) {
        var gradient = gradients.get(parameter);
        if (gradient == null) {
            throw new IllegalArgumentException("no gradient of " + parameter);
        }
        return gradient;
    }

    /** The learning rate of the next step. */
    public double learningRate() {
        return options.schedule().valueAt(step, 0);
    }

    /** The state of the optimiser by parameter, the arrays themselves; zeros before the first step. */
    public Map<String, Moments> moments() {
        return Collections.unmodifiableMap(moments);
    }
}
