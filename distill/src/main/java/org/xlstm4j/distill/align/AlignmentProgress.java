package org.xlstm4j.distill.align;

import java.util.List;

/**
 * What stage I reports after every step.
 *
 * @param step   steps done, from 1
 * @param steps  steps in all
 * @param tokens tokens trained on so far
 * @param losses mean squared error a layer
 */
public record AlignmentProgress(int step, int steps, long tokens, List<Double> losses) {
}
