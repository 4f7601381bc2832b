package org.xlstm4j.distill.evaluate;

import java.io.IOException;
import java.nio.file.Path;

/** An interrupted evaluation that cannot be gone on with, why, and what to do. */
public final class EvaluationResumeException extends IOException {
    private static final long serialVersionUID = 1L;

    /** What is wrong. */
    public enum Reason {
        /** The journal is not as it was written, or is none. */
        DAMAGED,
        /** The journal is of an evaluation with other settings. */
        OTHER_SETTINGS,
        /** Another evaluation writes the journal. */
        IN_USE
    }

    private final Reason reason;

    EvaluationResumeException(Reason reason, Path file, String problem, Throwable cause) {
        super(file + " " + problem, cause);
        this.reason = reason;
    }

    /** What is wrong. */
    public Reason reason() {
        return reason;
    }
}
