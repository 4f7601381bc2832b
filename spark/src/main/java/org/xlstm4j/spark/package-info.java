/**
 * The work of distillation that needs no talk between machines, on a Spark cluster: capture by rows, stage I by layers,
 * experts, and evaluation by items, with the results of one process. {@link org.xlstm4j.spark.SparkDistillation} is the
 * entry point.
 */
package org.xlstm4j.spark;
