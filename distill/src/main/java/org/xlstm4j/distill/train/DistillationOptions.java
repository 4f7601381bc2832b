package org.xlstm4j.distill.train;

import java.util.Objects;
import java.util.Optional;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.loss.Divergence;

/**
 * The settings of stage II.
 *
 * @param steps              training steps
 * @param batch              rows a batch
 * @param accumulate         batches a step, whose gradients are summed up: a step is one of batch · accumulate rows
 * @param crossEntropyWeight γ
 * @param klWeight           β
 * @param divergence         what β weighs: the forward KL over the teacher's ids, or another
 * @param optimizer          AdamW's settings
 * @param seed               of the order of rows and of adapters
 * @param activations        the type of what stands between parameters, which train in float32: FLOAT, or BFLOAT16 for
 *                           half the memory and, on a GPU, several times the speed; HALF trains with a loss that is
 *                           scaled as far as half allows
 * @param trained            which parameters train
 * @param lora               low-rank adapters for projections that do not train themselves; empty for none
 * @param badSteps           how many steps in a row whose loss or gradient is not finite are passed over before
 *                           training stops; 0 stops at the first
 * @param recompute          layers a segment whose activations are computed a second time instead of kept; 0 keeps all
 */
public record DistillationOptions(int steps, int batch, int accumulate, double crossEntropyWeight, double klWeight,
                                  Divergence divergence, AdamWOptions optimizer, long seed, DataType activations,
                                  ParameterSelection trained, Optional<LoraOptions> lora, int badSteps,
                                  int recompute) {
    /** Bad steps in a row that are passed over where nothing else is said. */
    public static final int DEFAULT_BAD_STEPS = 5;

    public DistillationOptions {
        if (steps < 1 || batch < 1) {
            throw new IllegalArgumentException(
                    "steps and batch must be at least 1, were " + steps + " and " + batch);
        }
        if (accumulate < 1) {
            throw new IllegalArgumentException("a step needs at least 1 batch, not " + accumulate);
        }
        if (!(crossEntropyWeight >= 0) || !(klWeight >= 0) || !(crossEntropyWeight + klWeight > 0)) {
            throw new IllegalArgumentException("the weights of cross-entropy and KL must not be negative nor both 0,"
                    + " were " + crossEntropyWeight + " and " + klWeight);
        }
        if (badSteps < 0) {
            throw new IllegalArgumentException("bad steps to pass over must not be negative, were " + badSteps);
        }
        if (recompute < 0) {
            throw new IllegalArgumentException("layers to recompute at a time must not be negative, were " + recompute);
        }
        Objects.requireNonNull(divergence, "divergence");
        Objects.requireNonNull(optimizer, "optimizer");
        Objects.requireNonNull(activations, "activations");
        Objects.requireNonNull(trained, "trained");
        Objects.requireNonNull(lora, "lora");
    }

    /** The paper's weights, γ = 0.9 and β = 0.1, with a warm-up over a tenth to {@code peak} and a cosine to 0. */
    public static DistillationOptions of(int steps, int batch, double peak, long seed) {
        return new DistillationOptions(steps, batch, 1, 0.9, 0.1, Divergence.FORWARD_KL,
                AdamWOptions.of(new WarmupCosine(peak, 0, steps / 10, steps)), seed, DataType.FLOAT,
                ParameterSelection.ALL, Optional.empty(), DEFAULT_BAD_STEPS, 0);
    }

    /** The same settings with other weights of the two losses. */
    public DistillationOptions withWeights(double crossEntropy, double kl) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropy, kl, divergence, optimizer, seed,
                activations, trained, lora, badSteps, recompute);
    }

    /** The same settings with another divergence from the teacher. */
    public DistillationOptions withDivergence(Divergence other) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, other, optimizer, seed,
                activations, trained, lora, badSteps, recompute);
    }

    /** The same settings with activations of another type. */
    public DistillationOptions withActivations(DataType type) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, optimizer,
                seed, type, trained, lora, badSteps, recompute);
    }

    /** The same settings with another optimiser's. */
    public DistillationOptions withOptimizer(AdamWOptions settings) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, settings,
                seed, activations, trained, lora, badSteps, recompute);
    }

    /** The same settings with so many batches a step. */
    public DistillationOptions withAccumulate(int batches) {
        return new DistillationOptions(steps, batch, batches, crossEntropyWeight, klWeight, divergence, optimizer, seed,
                activations, trained, lora, badSteps, recompute);
    }

    /** The same settings where other parameters train. */
    public DistillationOptions withTrained(ParameterSelection parameters) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, optimizer,
                seed, activations, parameters, lora, badSteps, recompute);
    }

    /** The same settings with adapters. */
    public DistillationOptions withLora(LoraOptions adapters) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, optimizer,
                seed, activations, trained, Optional.of(adapters), badSteps, recompute);
    }

    /** The same settings with another number of bad steps in a row that are passed over. */
    public DistillationOptions withBadSteps(int inARow) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, optimizer,
                seed, activations, trained, lora, inARow, recompute);
    }

    /**
     * The same settings where only what passes between segments of so many layers is kept, and the rest computed a
     * second time for the gradients: less memory for more time.
     */
    public DistillationOptions withRecompute(int layers) {
        return new DistillationOptions(steps, batch, accumulate, crossEntropyWeight, klWeight, divergence, optimizer,
                seed, activations, trained, lora, badSteps, layers);
    }
}
