package org.xlstm4j.distill.evaluate;

/** How a task is judged, and what it is compared by. */
public enum TaskKind {
    /** Greedy answers that must be right character for character; compared by {@code exact_match}. */
    EXACT_MATCH,
    /** Answers chosen by their likelihood; compared by {@code acc_norm}, or another {@link Normalization} of it. */
    MULTIPLE_CHOICE,
    /** The likelihood of texts; compared by {@code byte_perplexity}. */
    PERPLEXITY,
    /** Facts found again in long texts; compared by {@code accuracy}. */
    NEEDLE;

    /**
     * The task's score, where higher is better and 0 is least, of the ratio Σ sum / Σ weight over items of their
     * {@link ItemResult#primary() primary values}: the ratio itself, a share, but for perplexity e^−ratio, the
     * geometric mean of the probability of a byte, 1 / {@code byte_perplexity}.
     */
    public double score(double ratio) {
        return this == PERPLEXITY ? Math.exp(-ratio) : ratio;
    }
}
