package org.xlstm4j.distill.evaluate;

/** What the log-likelihood of a choice is divided by before choices are compared. */
public enum Normalization {
    /** Nothing: {@code acc}. */
    NONE("acc"),
    /**
     * The characters of the choice, without the white space that it begins with: {@code acc_norm}, as
     * lm-evaluation-harness computes it.
     */
    CHARACTERS("acc_norm"),
    /** The tokens of the choice: {@code acc_norm_tokens}. */
    TOKENS("acc_norm_tokens");

    private final String measure;

    Normalization(String measure) {
        this.measure = measure;
    }

    /** The name of the accuracy under it. */
    public String measure() {
        return measure;
    }
}
