/**
 * How good a model is, and whether a student has lost anything: {@link org.xlstm4j.distill.evaluate.Evaluator} scores
 * a model on a {@link org.xlstm4j.distill.evaluate.TaskSet} into an
 * {@link org.xlstm4j.distill.evaluate.EvaluationReport}, and {@link org.xlstm4j.distill.evaluate.WinAndTie} compares
 * the student's scores with the teacher's.
 */
package org.xlstm4j.distill.evaluate;
