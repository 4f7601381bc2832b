package org.xlstm4j.checkpoint;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** The small text file that a git clone without git-LFS leaves in place of a large one. */
final class LfsPointer {
    private static final byte[] START = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    private LfsPointer() {
    }

    static void refuse(Path file, byte[] content) throws CheckpointException {
        if (content.length >= START.length && Arrays.equals(content, 0, START.length, START, 0, START.length)) {
            throw new CheckpointException(
                    file + ": this is a git-LFS pointer, not the file itself; run `git lfs pull` in its folder");
        }
    }
}
