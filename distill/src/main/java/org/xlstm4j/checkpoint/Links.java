package org.xlstm4j.checkpoint;

import java.io.IOException;
import java.nio.file.Path;

/** Symbolic links in a checkpoint's folder, which may come from a stranger: none may lead out of it. */
final class Links {
    private static final String SNAPSHOTS = "snapshots";
    private static final String BLOBS = "blobs";

    private Links() {
    }

    /**
     * Refuses {@code file}, which exists in {@code folder} or below, if it is a link to somewhere else. The cache of
     * Hugging Face's hub is an exception: there, {@code snapshots/REVISION} links to files in {@code blobs} beside it.
     */
    static void requireInside(Path folder, Path file) throws IOException {
        var root = folder.toRealPath();
        var real = file.toRealPath();
        if (!real.startsWith(root) && !isBlob(root, real)) {
            throw new CheckpointException(
                    file + " is a link out of the checkpoint, to " + real + "; put the file itself there");
        }
    }

    private static boolean isBlob(Path root, Path file) {
        var snapshots = root.getParent();
        return snapshots != null && snapshots.endsWith(SNAPSHOTS)
                && file.getParent().equals(snapshots.resolveSibling(BLOBS));
    }
}
