/**
 * How good a model is: {@link org.xlstm4j.distill.evaluate.Evaluator} scores a model on a
 * {@link org.xlstm4j.distill.evaluate.TaskSet} into an {@link org.xlstm4j.distill.evaluate.EvaluationReport}.
 */
package org.xlstm4j.distill.evaluate;
