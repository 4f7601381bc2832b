package org.xlstm4j.layers;

import java.util.function.Supplier;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.factory.Nd4j;

/** For arrays that must outlive the workspaces that DL4J has open. */
final class OutsideWorkspaces {
    private OutsideWorkspaces() {}

    @SuppressWarnings("try")
    static <T> T get(Supplier<T> arrays) {
        try (MemoryWorkspace outside = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
            return arrays.get();
        }
    }

    static void run(Runnable arrays) {
        get(() -> {
            arrays.run();
            return null;
        });
    }
}
