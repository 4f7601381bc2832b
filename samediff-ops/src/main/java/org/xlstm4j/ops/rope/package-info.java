/**
 * Rotary position embedding: the frequencies of a model family, the tables of a batch's positions, the rotation.
 * Pairs are (i, i + headDim / 2), as Hugging Face checkpoints expect.
 */
package org.xlstm4j.ops.rope;
