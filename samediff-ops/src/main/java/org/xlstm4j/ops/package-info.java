/**
 * The operators' forms: the same function composed of stock SameDiff ops, or fused into ops of this project's own for
 * the CPU. {@link org.xlstm4j.ops.Form} says which one a graph gets.
 */
package org.xlstm4j.ops;
