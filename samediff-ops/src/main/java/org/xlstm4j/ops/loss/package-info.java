/**
 * The losses of distillation, whose gradients are right when scaled and summed: cross-entropy with the next token and a
 * {@link org.xlstm4j.ops.loss.Divergence} from a teacher's top-k, of given logits
 * ({@link org.xlstm4j.ops.loss.TokenLoss}) or over a head whose logits are not kept
 * ({@link org.xlstm4j.ops.loss.HeadLoss}).
 */
package org.xlstm4j.ops.loss;
