package org.xlstm4j.checkpoint;

/** A checkpoint's config.json asks for a family or a setting that the models here do not have. */
public final class UnsupportedModelException extends CheckpointException {
    /** @param message what is not supported, and what is, in one line */
    public UnsupportedModelException(String message) {
        super(message);
    }
}
