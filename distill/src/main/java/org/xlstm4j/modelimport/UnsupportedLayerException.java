package org.xlstm4j.modelimport;

/** A layer of a model has parts that the DL4J layers here do not have. */
public final class UnsupportedLayerException extends Exception {
    private static final long serialVersionUID = 1L;

    /** @param message which parts, and what to do, in one line */
    public UnsupportedLayerException(String message) {
        super(message);
    }
}
