/**
 * Normalisation of the residual stream: RMSNorm over the features of each token, alone or with the addition before it.
 * Inputs are rows of tokens, [rows, width].
 */
package org.xlstm4j.ops.norm;
