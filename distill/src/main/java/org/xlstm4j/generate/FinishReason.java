package org.xlstm4j.generate;

/** Why an answer is at its end. */
public enum FinishReason {
    /** The model chose one of its end tokens. */
    END,
    /** It has as many tokens as it may have. */
    LENGTH,
    /** A stop string came up. */
    STOP,
    /** A listener had enough, the thread was interrupted or the generator closed. */
    CANCELLED
}
