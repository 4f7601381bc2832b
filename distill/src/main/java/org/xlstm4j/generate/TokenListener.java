package org.xlstm4j.generate;

/** Hears of every token of an answer as soon as it is chosen, in the thread that asked for the answer. */
@FunctionalInterface
public interface TokenListener {
    /** Hears of all tokens and does nothing. */
    TokenListener NONE = token -> true;

    /** Whether the answer is to go on; if not, it ends as {@link FinishReason#CANCELLED}. */
    boolean onToken(GeneratedToken token);
}
