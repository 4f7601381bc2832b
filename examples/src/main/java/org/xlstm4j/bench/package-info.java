/**
 * What the operators cost: every operator in every form that works here, forward and with gradients, timed by JMH the
 * way training runs it, beside what the machine reaches in a matrix product and in copying.
 *
 * <p>A {@link org.xlstm4j.bench.Case} is one operator at one size, {@link org.xlstm4j.bench.OperatorBench} runs them.
 */
package org.xlstm4j.bench;
