package org.xlstm4j.checkpoint;

import java.io.IOException;

/** A checkpoint folder cannot be read or written; the message says which file and what to do. */
public class CheckpointException extends IOException {
    /** @param message what is wrong, where, and what to do, in one line */
    public CheckpointException(String message) {
        super(message);
    }

    /**
     * @param message what is wrong, where, and what to do, in one line
     * @param cause   what found it
     */
    public CheckpointException(String message, Throwable cause) {
        super(message, cause);
    }
}
