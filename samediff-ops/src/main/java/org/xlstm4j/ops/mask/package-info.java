/**
 * Which earlier tokens a token may read: causality, documents packed into one row, windows and sinks.
 * One definition for attention and mLSTM.
 */
package org.xlstm4j.ops.mask;
