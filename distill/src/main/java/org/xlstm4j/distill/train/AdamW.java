package org.xlstm4j.distill.train;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.optimizer.AdamWStep;
import org.xlstm4j.ops.optimizer.AdamWUpdate;
import org.xlstm4j.ops.optimizer.Moments;
import org.xlstm4j.ops.optimizer.NonFiniteGradientException;

/**
 * AdamW (arXiv 1711.05101) over named parameters, with a schedule: gradients clipped by their global norm, weight
 * decay decoupled from them and applied to the parameters that {@link WeightDecay} names. Its state can be read and
 * set.
 */
public final class AdamW {
    private static final String WEIGHTS = "weights/";
    private static final String FIRST = "first/";
    private static final String SECOND = "second/";

    private final AdamWOptions options;
    private final Map<String, INDArray> parameters;
    private final Map<String, Moments> moments = new LinkedHashMap<>();
    private final AdamWUpdate update;
    private int step;

    /** An optimiser of the given arrays, which it updates in place. */
    public AdamW(AdamWOptions options, Map<String, INDArray> parameters) {
        this.options = options;
        this.parameters = new LinkedHashMap<>(parameters);
        parameters.forEach((name, parameter) -> moments.put(name, Moments.zeros(parameter)));
        var decays = parameters.entrySet().stream()
                .map(entry -> options.decaying().appliesTo(entry.getKey(), entry.getValue())).toList();
        this.update = new AdamWUpdate(List.copyOf(parameters.values()), List.copyOf(moments.values()), decays);
    }

    /**
     * Takes one step.
     *
     * @param gradients by parameter; used up by the step
     * @return the global norm of the gradients before clipping
     * @throws NonFiniteGradientException if the norm is not finite; nothing has changed then
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

    /** Steps taken, which decide the learning rate and the correction of the moments' bias. */
    public int steps() {
        return step;
    }

    /**
     * Everything but the number of {@link #steps}, under names for a checkpoint: the parameters and their moments, the
     * arrays themselves.
     */
    public Map<String, INDArray> state() {
        var state = new LinkedHashMap<String, INDArray>();
        parameters.forEach((name, parameter) -> state.put(WEIGHTS + name, parameter));
        moments.forEach((name, moment) -> {
            state.put(FIRST + name, moment.first());
            state.put(SECOND + name, moment.second());
        });
        return state;
    }

    /**
     * Goes back to a state: the next step is as the one that followed it.
     *
     * @param steps steps taken by then
     * @param state as {@link #state} gave it; entries of other names are left alone
     * @throws IllegalArgumentException if an array is missing or of another shape; nothing has changed then
     */
    public void restore(int steps, Map<String, INDArray> state) {
        if (steps < 0) {
            throw new IllegalArgumentException("steps taken must not be negative, were " + steps);
        }
        var own = state();
        own.forEach((name, array) -> {
            var saved = state.get(name);
            if (saved == null || !Arrays.equals(saved.shape(), array.shape())) {
                throw new IllegalArgumentException("the state " + (saved == null ? "lacks " + name : "has " + name
                        + " of shape " + Arrays.toString(saved.shape()) + " instead of "
                        + Arrays.toString(array.shape())));
            }
        });
        own.forEach((name, array) -> array.assign(state.get(name)));
        this.step = steps;
    }

    /** The state of the optimiser by parameter, the arrays themselves, zeros at first. */
    public Map<String, Moments> moments() {
        return Collections.unmodifiableMap(moments);
    }
}
