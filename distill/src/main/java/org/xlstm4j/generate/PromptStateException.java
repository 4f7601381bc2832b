package org.xlstm4j.generate;

import java.io.IOException;
import java.nio.file.Path;

/** A folder from which no prompt can be gone on with; the message says why and what to do. */
public final class PromptStateException extends IOException {
    private static final long serialVersionUID = 1;

    PromptStateException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}
