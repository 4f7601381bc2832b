package org.xlstm4j.generate;

import java.util.List;
import java.util.Set;

/**
 * What ends an answer.
 *
 * @param ends       the model's end tokens
 * @param stopTokens tokens that are stop strings
 * @param stops      stop strings that text is made of
 * @param most       tokens
 */
record Ending(Set<Integer> ends, Set<Integer> stopTokens, List<String> stops, int most) {

    /** What a token ends an answer for, if it does, being the {@code count}-th. */
    FinishReason of(int token, int count) {
        if (ends.contains(token)) {
            return FinishReason.END;
        }
        if (stopTokens.contains(token)) {
            return FinishReason.STOP;
        }
        return count == most ? FinishReason.LENGTH : null;
    }
}
