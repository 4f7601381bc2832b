package org.xlstm4j.distill.targets;

import java.io.IOException;
import java.nio.file.Path;

/** A target store that cannot be used or written, and why. */
public final class TargetStoreException extends IOException {
    private static final long serialVersionUID = 1L;

    TargetStoreException(Path file, String problem) {
        super(file + ": " + problem);
    }

    TargetStoreException(Path file, String problem, Exception cause) {
        super(file + ": " + problem, cause);
    }
}
