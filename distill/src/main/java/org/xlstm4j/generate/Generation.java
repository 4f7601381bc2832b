package org.xlstm4j.generate;

import java.util.List;

/**
 * An answer.
 *
 * @param text           what it says, without special tokens and without the stop string that ended it
 * @param tokens         its tokens, without the end token
 * @param promptTokens   how many tokens the prompt has
 * @param finishReason   why it ends
 * @param logProbability ln of what the model gives to all tokens that were chosen, the end token included
 */
public record Generation(String text, List<Integer> tokens, int promptTokens, FinishReason finishReason,
                         double logProbability) {
    public Generation {
        tokens = List.copyOf(tokens);
    }

    /** How many tokens the answer has. */
    public int answerTokens() {
        return tokens.size();
    }
}
