package org.xlstm4j.distill.train;

/**
 * How far a student is on rows that it does not train on, means over the counted targets.
 *
 * @param step         steps done
 * @param crossEntropy with the next token
 * @param kl           from the teacher, over its top-k
 */
public record HeldOutLoss(int step, double crossEntropy, double kl) {
}
