/**
 * The operators' forms: the same function composed of stock SameDiff ops, or fused into ops of this project's own, for
 * the CPU or a GPU. {@link org.xlstm4j.ops.Form} says which one a graph gets, {@link org.xlstm4j.ops.Precision} how
 * tensor cores round.
 */
package org.xlstm4j.ops;
