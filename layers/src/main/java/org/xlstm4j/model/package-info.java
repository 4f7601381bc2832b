/**
 * The causal language model, teacher or student: its configuration, its parameters under the checkpoint's names, and
 * the SameDiff graphs that compute it, for whole sequences and for decoding. Mathematics lives in the operators.
 */
package org.xlstm4j.model;
