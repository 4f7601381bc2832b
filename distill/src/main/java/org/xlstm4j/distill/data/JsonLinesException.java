package org.xlstm4j.distill.data;

import java.io.IOException;
import java.nio.file.Path;

/** A line of a JSON-lines file that cannot be used; the message reads {@code FILE:LINE: what is wrong}. */
public final class JsonLinesException extends IOException {
    private static final long serialVersionUID = 1L;

    private final transient Path file;
    private final int line;

    JsonLinesException(Path file, int line, String problem, Throwable cause) {
        super(file + ":" + line + ": " + problem, cause);
        this.file = file;
        this.line = line;
    }

    /** The file with the bad line. */
    public Path file() {
        return file;
    }

    /** The number of the bad line, from 1. */
    public int line() {
        return line;
    }
}
