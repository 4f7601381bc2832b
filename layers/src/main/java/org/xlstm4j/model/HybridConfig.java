package org.xlstm4j.model;

import java.util.Objects;

/**
 * What makes a teacher a student: every attention layer becomes a memory, beside it a sliding window with sinks. The
 * paper's student has both and gates; its ablation leaves parts out (arXiv 2603.15590, Figure 15).
 *
 * @param memory    the gates of the memory
 * @param window    tokens that a query sees back, itself included (W); 0 for no window, and then no output gate: the
 *                  mixer gives what the memory reads
 * @param sinks     first tokens of the document, seen by every query (S); 0 where there is no window
 * @param chunkSize time steps that the chunkwise mLSTM handles at once; changes speed and memory, never the result
 */
public record HybridConfig(Memory memory, int window, int sinks, int chunkSize) {
    /** Chunk size where none is given. */
    public static final int DEFAULT_CHUNK_SIZE = 128;

    /** The memory over softmax features of queries and keys. */
    public enum Memory {
        /** With input and forget gates that are read from the layer's input. */
        MLSTM,
        /** Linear attention: both gates are 1, nothing is forgotten. */
        LINEAR
    }

    public HybridConfig {
        Objects.requireNonNull(memory, "memory");
        if (window < 0) {
            throw new IllegalArgumentException("window must be at least 1 token, or 0 for none, was " + window);
        }
        if (sinks < 0) {
            throw new IllegalArgumentException("sinks must not be negative, was " + sinks);
        }
        if (window == 0 && sinks > 0) {
            throw new IllegalArgumentException("sinks are seen through the window: with no window there must be none, "
                    + "there were " + sinks);
        }
        if (chunkSize < 1) {
            throw new IllegalArgumentException("chunkSize must be at least 1, was " + chunkSize);
        }
    }

    /** An mLSTM beside a window. */
    public HybridConfig(int window, int sinks, int chunkSize) {
        this(Memory.MLSTM, window, sinks, chunkSize);
    }

    /** A window of {@code window} tokens and {@code sinks} sinks beside an mLSTM, with the default chunk size. */
    public static HybridConfig of(int window, int sinks) {
        return new HybridConfig(window, sinks, DEFAULT_CHUNK_SIZE);
    }

    /** Whether the memory has gates of its own, with parameters. */
    public boolean isGated() {
        return memory == Memory.MLSTM;
    }

    /** Whether there is a window beside the memory, and an output gate that shares between them. */
    public boolean hasWindow() {
        return window > 0;
    }

    /** The window as the mixer's operator has it, and decoding caches it: where there is none, of the query's own token. */
    public int keptWindow() {
        return Math.max(1, window);
    }
}
