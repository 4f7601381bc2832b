/**
 * Products with weights as checkpoints store them, and what is made of two or three of them: the linear map and the
 * SwiGLU MLP. Inputs are rows of tokens, so that no reshape stands between the operators of a layer.
 */
package org.xlstm4j.ops.linear;
