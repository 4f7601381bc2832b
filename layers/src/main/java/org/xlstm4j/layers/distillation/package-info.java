/**
 * Distillation of ordinary DL4J nets: a loss for output layers, iterators that put a teacher's answers into the labels,
 * and the distance from the teacher on held-out data as a score.
 */
package org.xlstm4j.layers.distillation;
