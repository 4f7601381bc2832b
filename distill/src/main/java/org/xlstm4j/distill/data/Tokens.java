package org.xlstm4j.distill.data;

/**
 * A document in tokens, which knows where its answer starts.
 *
 * @param ids         the token ids, with the begin and end tokens, [length]
 * @param answerStart the index of the first token of the answer; the prompt lies before it
 */
public record Tokens(int[] ids, int answerStart) {

    public Tokens {
        if (answerStart < 0 || answerStart > ids.length) {
            throw new IllegalArgumentException(
                    "answerStart " + answerStart + " lies outside a document of " + ids.length + " tokens");
        }
    }

    /** The number of tokens. */
    public int length() {
        return ids.length;
    }

    /** Whether any prediction in it counts in the loss. */
    public boolean counts(PackingOptions options) {
        return ids.length > 1 && (!options.answerOnly() || answerStart < ids.length);
    }
}
