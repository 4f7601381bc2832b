package org.xlstm4j.ops.optimizer;

/**
 * The numbers of one step of AdamW.
 *
 * @param index       steps taken before, from 0
 * @param rate        learning rate
 * @param weightDecay decoupled decay of the parameters that decay, a step's share being rate · weightDecay
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
            throw new NonFiniteGradientException(norm, index);
        }
        return norm > clipNorm ? clipNorm / norm : 1;
    }

    /** What decay leaves of a parameter that decays or does not. */
    double kept(boolean decays) {
        return decays ? kept() : 1;
    }

    /** What decay leaves of a parameter that decays. */
    double kept() {
        return 1 - rate * weightDecay;
    }
}
