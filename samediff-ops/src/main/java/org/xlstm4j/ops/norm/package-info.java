/**
 * Normalisation of the residual stream: RMSNorm over the features of each token.
 * Inputs are rows of tokens, [rows, width].
 */
package org.xlstm4j.ops.norm;
