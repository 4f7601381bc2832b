/**
 * The losses of distillation, composed of primitives whose gradients are right when scaled and summed:
 * cross-entropy with the next token and the sparse KL divergence from a teacher's top-k.
 */
package org.xlstm4j.ops.loss;
