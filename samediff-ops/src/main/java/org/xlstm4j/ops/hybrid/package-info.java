/**
 * The student's mixer: an mLSTM over softmax features and a sliding window with sinks, side by side in every head,
 * fused by a gate (arXiv 2603.15590, §3.1). Built on the operators of both.
 */
package org.xlstm4j.ops.hybrid;
