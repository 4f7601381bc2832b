package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;

/** The small text file that a git clone without git-LFS leaves in place of a large one. */
final class LfsPointer {
    static final String ADVICE = "this is a git-LFS pointer, not the file itself; run `git lfs pull` in its folder";
    private static final byte[] START = "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

    private LfsPointer() {
    }

    static boolean begins(FileChannel channel) throws IOException {
        var start = ByteBuffer.allocate(START.length);
        channel.read(start, 0);
        return begins(start.array());
    }

    static void refuse(Path file, byte[] content) throws CheckpointException {
        if (begins(content)) {
            throw new CheckpointException(file + ": " + ADVICE);
        }
    }

    private static boolean begins(byte[] content) {
        return content.length >= START.length && Arrays.equals(content, 0, START.length, START, 0, START.length);
    }
}
