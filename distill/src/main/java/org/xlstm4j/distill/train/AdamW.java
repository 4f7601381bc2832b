package org.xlstm4j.distill.train;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.AdamUpdater;
import org.nd4j.linalg.learning.config.Adam;

/**
 * AdamW (arXiv 1711.05101) on ND4J's Adam: gradients clipped by their global norm, weight decay decoupled from them
 * and applied to matrices alone, not to norms and biases.
 */
public final class AdamW {
    private final AdamWOptions options;
    private final Map<String, INDArray> parameters;
    private final Map<String, AdamUpdater> updaters = new LinkedHashMap<>();
    private int step;

    /** An optimiser of the given arrays, which it updates in place. */
    public AdamW(AdamWOptions options, Map<String, INDArray> parameters) {
        this.options = options;
        this.parameters = parameters;
        parameters.forEach((name, array) -> {
            var updater = new AdamUpdater(Adam.builder().learningRateSchedule(options.schedule())
                    .beta1(options.beta1()).beta2(options.beta2()).epsilon(options.epsilon()).build());
            updater.setStateViewArray(Nd4j.zeros(array.dataType(), 1, 2 * array.length()), array.shape(), 'c', true);
            updaters.put(name, updater);
        });
    }

    /**
     * Takes one step.
     *
     * @param gradients by parameter; used up by the step
     * @return the global norm of the gradients before clipping
     * @throws ArithmeticException if the norm is not finite; no parameter has changed then
     */
    public double step(Map<String, INDArray> gradients) {
        double norm = globalNorm(gradients);
        if (!Double.isFinite(norm)) {
            throw new ArithmeticException("the gradient's norm is " + norm + " at step " + step
                    + ": lower the learning rate or look for broken data");
        }
        double scale = norm > options.clipNorm() ? options.clipNorm() / norm : 1;
        double rate = options.schedule().valueAt(step, 0);
        parameters.forEach((name, parameter) -> {
            var update = inRowOrder(gradients.get(name));
            if (scale != 1) {
                update.muli(scale);
            }
            updaters.get(name).applyUpdater(update, step, 0);
            if (options.weightDecay() > 0 && parameter.rank() > 1) {
                parameter.muli(1 - rate * options.weightDecay());
            }
            parameter.subi(update);
        });
        step++;
        return norm;
    }

    /** The learning rate of the next step. */
    public double learningRate() {
        return options.schedule().valueAt(step, 0);
    }

    /** The optimiser's state is in row order, and ND4J's Adam pairs it with the gradient entry by entry. */
    private static INDArray inRowOrder(INDArray gradient) {
        return gradient.ordering() == 'c' && !gradient.isView() ? gradient : gradient.dup('c');
    }

    private static double globalNorm(Map<String, INDArray> gradients) {
        double squares = 0;
        for (var gradient : gradients.values()) {
            double norm = gradient.norm2Number().doubleValue();
            squares += norm * norm;
        }
        return Math.sqrt(squares);
    }
}
