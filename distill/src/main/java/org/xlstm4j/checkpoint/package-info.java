/**
 * Hugging Face checkpoint folders: config.json, safetensors weights, tokenizer.json and chat template, read with every
 * rule enforced and written so that a folder is either whole or not there. {@link org.xlstm4j.checkpoint.Checkpoint} is
 * the way in; {@link org.xlstm4j.checkpoint.StudentStart} makes the student that a teacher's distillation starts from.
 */
package org.xlstm4j.checkpoint;
