/**
 * Operators written in Java as ops of SameDiff graphs: a backend that puts its own executioner before ND4J's, and
 * {@link org.xlstm4j.ops.graph.JavaOp}, which an operator extends. They run wherever stock ops do: in output, in
 * gradients and in fit, in DL4J layers, saved and loaded, on several threads.
 */
package org.xlstm4j.ops.graph;
