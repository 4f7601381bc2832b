package org.xlstm4j.distill.train;

/**
 * A step that changed nothing, for its loss or gradient was not finite.
 *
 * @param step      number of the step, from 1
 * @param place     where its batches are in the data
 * @param loss      its loss
 * @param norm      norm of its gradient; NaN where the loss already was not finite
 * @param lossScale what the loss was multiplied by, to keep gradients in the range of half; 1 for none
 * @param inARow    bad steps in a row with this one; 0 where the scale alone was too large
 */
public record SkippedStep(int step, String place, double loss, double norm, double lossScale, int inARow) {
}
