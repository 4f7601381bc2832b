/**
 * What inference costs at growing contexts: teacher, student and a peer, each in a process of its own, in turns.
 *
 * <p>{@link org.xlstm4j.bench.inference.InferenceBench} runs it; {@link org.xlstm4j.bench.inference.Goal} judges.
 */
package org.xlstm4j.bench.inference;
