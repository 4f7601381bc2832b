/**
 * Training data: JSON lines become documents, documents become tokens, and tokens are packed into batches.
 * The way runs {@link org.xlstm4j.distill.data.JsonLines} → {@link org.xlstm4j.distill.data.Encoding} →
 * {@link org.xlstm4j.distill.data.PackedDataset} → {@link org.xlstm4j.distill.data.PackedBatch}.
 */
package org.xlstm4j.distill.data;
