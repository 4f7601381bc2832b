package org.xlstm4j.distill.evaluate;

/**
 * How far an evaluation is. Items come in the order of their length, so tokens tell better than items what is left.
 *
 * @param doneItems  items that are judged
 * @param items      of so many
 * @param doneTokens tokens that the model was given for them
 * @param tokens     of so many
 */
public record EvaluationProgress(int doneItems, int items, long doneTokens, long tokens) {
}
