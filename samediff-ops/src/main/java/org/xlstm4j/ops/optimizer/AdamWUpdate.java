package org.xlstm4j.ops.optimizer;

import java.util.Arrays;
import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * AdamW (arXiv 1711.05101) over all parameters of a model: gradients clipped by their global norm, Adam's moments and
 * bias correction as ND4J has them, weight decay decoupled from the gradients and applied to those parameters that are
 * said to decay.
 *
 * <p>With t steps from 1 on, and g the clipped gradient:
 * m ← β1 m + (1 − β1) g, v ← β2 v + (1 − β2) g²,
 * p ← (1 − rate · weightDecay) p − rate √(1 − β2^t) / (1 − β1^t) · m / (√v + ε).
 *
 * <p>Its {@link Form} is chosen when it is made; the fused one is for float32 parameters in row order.
 */
public final class AdamWUpdate {
    private final List<INDArray> parameters;
    private final AdamWForm form;

    /**
     * The update of the given arrays, in place, with decay of matrices alone.
     *
     * @param parameters of any shape
     * @param moments    by parameter
     */
    public AdamWUpdate(List<INDArray> parameters, List<Moments> moments) {
        this(parameters, moments, parameters.stream().map(parameter -> parameter.rank() > 1).toList());
    }

    /**
     * The update of the given arrays, in place.
     *
     * @param parameters of any shape
     * @param moments    by parameter
     * @param decays     by parameter, whether it decays
     */
    public AdamWUpdate(List<INDArray> parameters, List<Moments> moments, List<Boolean> decays) {
        if (parameters.size() != moments.size() || parameters.size() != decays.size()) {
            throw new IllegalArgumentException(parameters.size() + " parameters, but moments of " + moments.size()
                    + " and " + decays.size() + " that decay or do not");
        }
        this.parameters = parameters;
        for (int i = 0; i < parameters.size(); i++) {
            requireFit("first moments", moments.get(i).first(), i);
            requireFit("second moments", moments.get(i).second(), i);
        }
        this.form = form(parameters, moments, List.copyOf(decays));
    }

    private static AdamWForm form(List<INDArray> parameters, List<Moments> moments, List<Boolean> decays) {
        if (!parameters.stream().allMatch(AdamWUpdate::canBeFused)) {
            return new ComposedAdamW(parameters, moments, decays);
        }
        return JavaOp.isOnCpu() ? new CpuAdamW(parameters, moments, decays)
                : new CudaAdamW(parameters, moments, decays);
    }

    private static boolean canBeFused(INDArray parameter) {
        return Form.isFused("AdamW", parameter.dataType()) && parameter.dataType() == DataType.FLOAT
                && CpuAdamW.isInRowOrder(parameter);
    }

    /**
     * Takes one step.
     *
     * @param gradients by parameter, in its shape and type, of any stride; used up by the step
     * @return the global norm of the gradients before clipping
     * @throws NonFiniteGradientException if the norm is not finite; nothing has changed then
     * @throws IllegalArgumentException   if gradients do not fit the parameters; nothing has changed then
     */
    public double apply(AdamWStep step, List<INDArray> gradients) {
        if (gradients.size() != parameters.size()) {
            throw new IllegalArgumentException(
                    parameters.size() + " parameters, but " + gradients.size() + " gradients");
        }
        for (int i = 0; i < gradients.size(); i++) {
            requireFit("gradient", gradients.get(i), i);
        }
        return form.step(step, gradients);
    }

    private void requireFit(String what, INDArray array, int index) {
        var parameter = parameters.get(index);
        if (array.dataType() != parameter.dataType() || !Arrays.equals(array.shape(), parameter.shape())) {
            throw new IllegalArgumentException("%s %d: %s %s, but the parameter is %s %s".formatted(what, index,
                    array.dataType(), Arrays.toString(array.shape()),
                    parameter.dataType(), Arrays.toString(parameter.shape())));
        }
    }
}
