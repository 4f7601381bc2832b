package org.xlstm4j.files.compressed;

import java.io.IOException;
import java.nio.file.Path;

/** A compressed file whose rest cannot be had. */
public final class DamagedFileException extends IOException {
    private static final long serialVersionUID = 1L;

    private final String problem;

    DamagedFileException(Path file, String format, IOException cause) {
        super(file + ": " + problem(format, cause), cause);
        problem = problem(format, cause);
    }

    private static String problem(String format, IOException cause) {
        return "the " + format + " data is damaged or incomplete (" + cause.getMessage() + "); get the file again";
    }

    /** What is wrong, without the file's name. */
    public String problem() {
        return problem;
    }
}
