package org.xlstm4j.distill.resume;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Where and how often training is saved.
 *
 * @param folder the checkpoints' folder, of one training alone; made where it is not there
 * @param every  steps between checkpoints
 * @param keep   how many of the last are kept
 * @param resume whether to go on from the last one, if there is any; without it, a folder with checkpoints is refused
 */
public record CheckpointOptions(Path folder, int every, int keep, boolean resume) {
    public CheckpointOptions {
        Objects.requireNonNull(folder, "folder");
        if (every < 1 || keep < 1) {
            throw new IllegalArgumentException("checkpoints need at least 1 step between them and 1 to be kept, were "
                    + every + " and " + keep);
        }
    }
}
