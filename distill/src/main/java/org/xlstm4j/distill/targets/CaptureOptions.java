package org.xlstm4j.distill.targets;

import org.xlstm4j.checkpoint.ImportOptions;

/**
 * The settings of a capture. Only the first two change what is stored.
 *
 * @param topK      ids a token
 * @param tail      whether to store the mass of all other ids, in 16 bits a token
 * @param threads   threads that select and encode beside the teacher's pass
 * @param imported  differences from its config.json that the teacher's tensors may have
 */
public record CaptureOptions(int topK, boolean tail, int threads, ImportOptions imported) {
    public CaptureOptions {
        if (topK < 1 || threads < 1) {
            throw new IllegalArgumentException("top_k and threads must be at least 1, were " + topK + " and "
                    + threads);
        }
    }

    /** Top k without the tail, as many threads as there are cores, no differences. */
    public static CaptureOptions of(int topK) {
        return new CaptureOptions(topK, false, Runtime.getRuntime().availableProcessors(), ImportOptions.STRICT);
    }

    /** The same with the tail or without it. */
    public CaptureOptions withTail(boolean stored) {
        return new CaptureOptions(topK, stored, threads, imported);
    }

    /** The same with so many threads. */
    public CaptureOptions withThreads(int count) {
        return new CaptureOptions(topK, tail, count, imported);
    }

    /** The same with such differences let pass. */
    public CaptureOptions withImported(ImportOptions differences) {
        return new CaptureOptions(topK, tail, threads, differences);
    }
}
