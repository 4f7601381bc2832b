package org.xlstm4j.checkpoint;

import java.util.Locale;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.ops.executioner.OpExecutioner.ExecutionerType;
import org.nd4j.linalg.factory.Nd4j;

/** The memory outside the heap in which arrays lie, as far as the process may take it. */
public final class NativeMemory {
    private static final double GIB = 1L << 30;

    private NativeMemory() {
    }

    /** Bytes that this process may still take, Java's heap among them; Long.MAX_VALUE where nothing limits it. */
    public static long available() {
        long most = Pointer.maxPhysicalBytes();
        return most == 0 ? Long.MAX_VALUE : Math.max(0, most - Pointer.physicalBytes());
    }

    /**
     * Refuses what will not fit, before any of it is taken. On a GPU, ND4J itself says where its memory ends.
     *
     * @param bytes what is wanted
     * @param what  what for, as the subject of a sentence
     * @throws CheckpointException saying how much is wanted, how much there is and how to allow more
     */
    static void require(long bytes, String what) throws CheckpointException {
        if (bytes > available() && Nd4j.getExecutioner().type() == ExecutionerType.NATIVE_CPU) {
            throw new CheckpointException(what + " takes " + text(bytes) + " of memory, and this process may take "
                    + text(available()) + " more of its " + text(Pointer.maxPhysicalBytes())
                    + "; allow more with -Dorg.bytedeco.javacpp.maxbytes and -Dorg.bytedeco.javacpp.maxphysicalbytes"
                    + " where the machine has it, or take a smaller model");
        }
    }

    /** Bytes as GiB, for people. */
    public static String text(long bytes) {
        return String.format(Locale.ROOT, bytes < GIB ? "%.3f GiB" : "%.1f GiB", bytes / GIB);
    }
}
