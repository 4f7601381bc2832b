package org.xlstm4j.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.javacpp.Pointer;

/** The memory that this process holds. */
public final class ResidentMemory {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ResidentMemory() {
    }

    /** The most resident bytes ever where the system tells (Linux), else the bytes held now. */
    public static long peakBytes() throws IOException {
        if (!Files.isReadable(STATUS)) {
            return Pointer.physicalBytes();
        }
        try (var lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                    .findFirst().orElseGet(Pointer::physicalBytes);
        }
    }
}
