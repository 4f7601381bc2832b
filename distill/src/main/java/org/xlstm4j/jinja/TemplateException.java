package org.xlstm4j.jinja;

/** A template that is malformed, not supported, too costly, or that calls {@code raise_exception}; names the line. */
public final class TemplateException extends RuntimeException {

    /** @param message what is wrong, without the line */
    public TemplateException(String message) {
        super(message);
    }

    TemplateException at(int line) {
        return new TemplateException("line " + line + ": " + getMessage());
    }
}
