package org.xlstm4j.generate;

/**
 * A token as it was chosen, and the text that it makes certain.
 *
 * @param index          which answer it belongs to: the number of its prompt, or of the sample
 * @param id             the token, an end token included
 * @param logProbability ln of what the model gives it, before any option changes that
 * @param text           what it adds to the answer: whole characters, often none or those of earlier tokens, too
 */
public record GeneratedToken(int index, int id, double logProbability, String text) {
}
