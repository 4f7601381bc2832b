package org.xlstm4j.distill.train;

import java.util.Objects;
import org.nd4j.linalg.api.buffer.DataType;

/**
 * The settings of stage II.
 *
 * @param steps              training steps
 * @param batch              rows a step
 * @param crossEntropyWeight γ
 * @param klWeight           β
 * @param optimizer          AdamW's settings
 * @param seed               of the order of rows
 * @param activations        the type of what stands between parameters, which train in float32: FLOAT, or BFLOAT16 for
 *                           half the memory and, on a GPU, several times the speed
 */
public record DistillationOptions(int steps, int batch, double crossEntropyWeight, double klWeight,
                                  AdamWOptions optimizer, long seed, DataType activations) {
    public DistillationOptions {
        if (steps < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "steps and batch must be at least 1, were " + steps + " and " + batch);
        }
        if (!(crossEntropyWeight >= 0) || !(klWeight >= 0) || !(crossEntropyWeight + klWeight > 0)) {
            throw new IllegalArgumentException("the weights of cross-entropy and KL must not be negative nor both 0,"
                    + " were " + crossEntropyWeight + " and " + klWeight);
        }
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(activations, "activations");
    }

    /** The paper's weights, γ = 0.9 and β = 0.1, with a warm-up over a tenth to {@code peak} and a cosine to 0. */
    public static DistillationOptions of(int steps, int batch, double peak, long seed) {
        return new DistillationOptions(steps, batch, 0.9, 0.1,
                AdamWOptions.of(new WarmupCosine(peak, 0, steps / 10, steps)), seed, DataType.FLOAT);
    }

    /** The same settings with other weights of the two losses. */
    public DistillationOptions withWeights(double crossEntropy, double kl) {
        return new DistillationOptions(steps, batch, crossEntropy, kl, optimizer, seed, activations);
    }

    /** The same settings with activations of another type. */
    public DistillationOptions withActivations(DataType type) {
        return new DistillationOptions(steps, batch, crossEntropyWeight, klWeight, optimizer, seed, type);
    }
}
