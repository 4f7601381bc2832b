/**
 * The mLSTM: a matrix memory with exponential input gate and sigmoid forget gate, in parallel, chunkwise and step form.
 * Every form computes the same function; they differ in time, memory and whether state goes in and out.
 */
package org.xlstm4j.ops.mlstm;
