package org.xlstm4j.distill.resume;

import java.io.IOException;
import java.nio.file.Path;

/** Training that cannot be saved or gone on with, why, and what to do. */
public final class ResumeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** A checkpoint is not as it was written. */
        DAMAGED,
        /** The checkpoints are of a training with other settings. */
        OTHER_SETTINGS,
        /** There are checkpoints where a new training was to begin. */
        OCCUPIED,
        /** Another training uses the folder. */
        IN_USE,
        /** A checkpoint could not be written. */
        NOT_WRITTEN
    }

    private final Reason reason;

    ResumeException(Reason reason, Path file, String problem) {
        this(reason, file, problem, null);
    }

    ResumeException(Reason reason, Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
        this.reason = reason;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }
}
