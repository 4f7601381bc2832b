package org.xlstm4j.distill.train;

/**
 * What a training stage reports after every step.
 *
 * @param step         steps done, from 1
 * @param steps        steps in all
 * @param tokens       tokens trained on so far
 * @param loss         the step's loss
 * @param learningRate the step's learning rate
 * @param gradientNorm global norm of the step's gradient before clipping
 */
public record TrainingProgress(int step, int steps, long tokens, double loss, double learningRate,
                               double gradientNorm) {
}
