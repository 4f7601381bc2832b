package org.xlstm4j.modelimport;

/** A layer of a DL4J net is not there, or is not set up as the model's layer that it is to stand for. */
public final class InvalidLayerException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message what does not fit, and what to do, in one line */
    public InvalidLayerException(String message) {
        super(message);
    }
}
