package org.xlstm4j.distill.train;

import java.util.Objects;
import java.util.Optional;
import org.xlstm4j.distill.resume.CheckpointOptions;

/**
 * What goes on beside training.
 *
 * @param listener    who is told
 * @param checkpoints where and how often it is saved; empty for never
 * @param heldOut     what the student is measured on; empty for nothing
 */
public record TrainingRun(TrainingListener listener, Optional<CheckpointOptions> checkpoints,
                          Optional<HeldOutOptions> heldOut) {
    public TrainingRun {
        Objects.requireNonNull(listener, "listener");
        Objects.requireNonNull(checkpoints, "checkpoints");
        Objects.requireNonNull(heldOut, "heldOut");
    }

    /** Nothing but a listener. */
    public static TrainingRun of(TrainingListener listener) {
        return new TrainingRun(listener, Optional.empty(), Optional.empty());
    }

    /** The same, saved. */
    public TrainingRun withCheckpoints(CheckpointOptions options) {
        return new TrainingRun(listener, Optional.of(options), heldOut);
    }

    /** The same, measured. */
    public TrainingRun withHeldOut(HeldOutOptions options) {
        return new TrainingRun(listener, checkpoints, Optional.of(options));
    }
}
