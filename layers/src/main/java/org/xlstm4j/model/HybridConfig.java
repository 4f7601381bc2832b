package org.xlstm4j.model;

/**
 * What makes a teacher a student: every attention layer becomes a sliding window with sinks beside an mLSTM.
 *
 * @param window    tokens that a query sees back, itself included (W)
 * @param sinks     first tokens of the document, seen by every query (S)
 * @param chunkSize time steps that the chunkwise mLSTM handles at once; changes speed and memory, never the result
 */
public record HybridConfig(int window, int sinks, int chunkSize) {
    /** Chunk size where none is given. */
    public static final int DEFAULT_CHUNK_SIZE = 128;

    public HybridConfig {
        if (window < 1) {
            throw new IllegalArgumentException("window must be at least 1 token, was " + window);
        }
        if (sinks < 0) {
            throw new IllegalArgumentException("sinks must not be negative, was " + sinks);
        }
        if (chunkSize < 1) {
            throw new IllegalArgumentException("chunkSize must be at least 1, was " + chunkSize);
        }
    }

    /** A window of {@code window} tokens and {@code sinks} sinks, with the default chunk size. */
    public static HybridConfig of(int window, int sinks) {
        return new HybridConfig(window, sinks, DEFAULT_CHUNK_SIZE);
    }
}
