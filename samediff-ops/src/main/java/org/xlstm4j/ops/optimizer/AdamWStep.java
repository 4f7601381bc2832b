package org.xlstm4j.ops.optimizer;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * The numbers of one step of AdamW.
 *
 * @param index       steps taken before, from 0
 * @param rate        learning rate
 * @param weightDecay decoupled decay of matrices, a step's share being rate · weightDecay
 * @param clipNorm    largest global norm of the gradients; infinity for any
 * @param beta1       decay of the first moment
 * @param beta2       decay of the second moment
 * @param epsilon     added to the root of the second moment, before its bias is corrected
 */
public record AdamWStep(int index, double rate, double weightDecay, double clipNorm, double beta1, double beta2,
                        double epsilon) {

    /** The factor that clips gradients of the given global norm. */
    double clipping(double norm) {
        if (!Double.isFinite(norm)) {
            throw new ArithmeticException("the gradient's norm is " + norm + " at step " + index
                    + ": lower the learning rate or look for broken data");
        }
        return norm > clipNorm ? clipNorm / norm : 1;
    }

    /** What decay leaves of a parameter; norms and biases do not decay. */
    double kept(INDArray parameter) {
        return decays(parameter) ? kept() : 1;
    }

    /** What decay leaves of a parameter that decays. */
    double kept() {
        return 1 - rate * weightDecay;
    }

    static boolean decays(INDArray parameter) {
        return parameter.rank() > 1;
    }
}
