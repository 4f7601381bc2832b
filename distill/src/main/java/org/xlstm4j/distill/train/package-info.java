/**
 * Stage II and what every training stage shares: gradients of a graph, AdamW with warm-up and cosine, the training
 * step, what guards it and what it reports. {@link org.xlstm4j.distill.train.Distillation} is the entry point.
 */
package org.xlstm4j.distill.train;
