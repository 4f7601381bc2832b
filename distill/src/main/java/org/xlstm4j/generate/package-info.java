/**
 * Text from a model: prompts in, answers out, as they come or when they are whole.
 * {@link org.xlstm4j.generate.TextGenerator} is the way in; {@link org.xlstm4j.generate.GenerationOptions} say how the
 * next token is chosen and what ends an answer.
 */
package org.xlstm4j.generate;
