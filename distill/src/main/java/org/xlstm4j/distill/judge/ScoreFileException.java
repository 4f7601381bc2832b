package org.xlstm4j.distill.judge;

import java.io.IOException;
import java.nio.file.Path;

/** Says what is wrong with a file of scores, and what to do about it. */
public final class ScoreFileException extends IOException {

    ScoreFileException(Path file, String problem) {
        super(file + ": " + problem);
    }

    ScoreFileException(Path file, String problem, Throwable cause) {
        super(file + ": " + problem, cause);
    }
}
