package org.xlstm4j.model;

import java.io.IOException;
import java.nio.file.Path;

/** A file from which decoding cannot go on. */
public final class DecodingStateException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** It was never written by {@link DecodingState#write}, or by another version of it. */
        FORMAT,
        /** It is cut short or changed. */
        DAMAGED,
        /** It was written for a model of another architecture or with other parameters. */
        OTHER_MODEL
    }

    private final Reason reason;

    DecodingStateException(Reason reason, Path file, String problem) {
        super(file + ": " + problem);
        this.reason = reason;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }
}
