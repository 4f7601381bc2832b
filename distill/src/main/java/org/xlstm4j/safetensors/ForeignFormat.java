package org.xlstm4j.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.xlstm4j.safetensors.SafetensorsException.Reason;

/** What else is found where weights should be, told by its first bytes. */
final class ForeignFormat {
    private static final String LFS = "version https://git-lfs";
    private static final String ZIP = "PK\3\4";
    private static final char PICKLE = 0x80;
    private static final String CONVERT = ", as PyTorch's .bin and .pt: reading it could run code that it brings;"
            + " save the model as safetensors with the library that wrote it";

    private ForeignFormat() {
    }

    static void refuse(FileChannel channel, Path file) throws IOException {
        var bytes = ByteBuffer.allocate(LFS.length());
        channel.read(bytes, 0);
        var start = new String(bytes.array(), 0, bytes.position(), StandardCharsets.ISO_8859_1);
        if (start.startsWith(LFS)) {
            throw new SafetensorsException(Reason.LFS_POINTER, file,
                    "this is a git-LFS pointer, not the file itself; run `git lfs pull` in its folder");
        }
        // The length of a header may spell anything, but then a brace follows.
        boolean header = start.length() > Long.BYTES && start.charAt(Long.BYTES) == '{';
        if (start.startsWith(ZIP) && !header) {
            throw new SafetensorsException(Reason.ZIP, file, "this is a zip archive" + CONVERT);
        }
        if (start.length() > 1 && start.charAt(0) == PICKLE && start.charAt(1) >= 2 && start.charAt(1) <= 5
                && !header) {
            throw new SafetensorsException(Reason.PICKLE, file, "this is a pickle" + CONVERT);
        }
    }
}
