package org.xlstm4j.ops.optimizer;

import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.impl.updaters.AdamUpdater;
import org.nd4j.linalg.factory.Nd4j;

/**
 * AdamW out of ND4J's calls, parameter by parameter. ND4J sums the squares of float32 arrays in float32: the norm of
 * one of 64 million elements comes out 2 % too small.
 */
final class ComposedAdamW implements AdamWForm {
    private final List<INDArray> parameters;
    private final List<Moments> moments;
    private final List<Boolean> decays;

    ComposedAdamW(List<INDArray> parameters, List<Moments> moments, List<Boolean> decays) {
        this.parameters = parameters;
        this.moments = moments;
        this.decays = decays;
    }

    @Override
    public double step(AdamWStep step, List<INDArray> gradients) {
        double norm = globalNorm(gradients);
        double clipping = step.clipping(norm);
        for (int i = 0; i < parameters.size(); i++) {
            update(step, clipping, i, inRowOrder(gradients.get(i)));
        }
        return norm;
    }

    private void update(AdamWStep step, double clipping, int index, INDArray gradient) {
        var parameter = parameters.get(index);
        var moment = moments.get(index);
        if (clipping != 1) {
            gradient.muli(clipping);
        }
        // The gradient becomes the update. A rate of 0 counts as epsilon here.
        Nd4j.exec(new AdamUpdater(gradient, moment.second(), moment.first(), step.rate(), step.beta1(),
                step.beta2(), step.epsilon(), step.index()));
        double kept = step.kept(decays.get(index));
        if (kept != 1) {
            parameter.muli(kept);
        }
        parameter.subi(gradient);
    }

    /** ND4J's Adam pairs the gradient with the moments, which are in row order, entry by entry. */
    private static INDArray inRowOrder(INDArray gradient) {
        return gradient.ordering() == 'c' && !gradient.isView() ? gradient : gradient.dup('c');
    }

    private static double globalNorm(List<INDArray> gradients) {
        double squares = 0;
        for (var gradient : gradients) {
            double norm = gradient.norm2Number().doubleValue();
            squares += norm * norm;
        }
        return Math.sqrt(squares);
    }
}
