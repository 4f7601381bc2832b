package org.xlstm4j.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.xlstm4j.distill.resume.CheckpointOptions;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of commands whose training can be saved and gone on with. */
final class SavingOptions {
    @ArgGroup(exclusive = false)
    private Saving saving;

    /** What belongs to a folder of checkpoints. */
    private static final class Saving {
        @Option(names = "--checkpoints", required = true, paramLabel = "FOLDER",
                description = "Where training is saved, in the background; a folder of this training alone.")
        private Path folder;

        @Option(names = "--every", defaultValue = "100", paramLabel = "N",
                description = "Steps between checkpoints (default: ${DEFAULT-VALUE}).")
        private int every;

        @Option(names = "--keep", defaultValue = "3", paramLabel = "N",
                description = "Last checkpoints that are kept (default: ${DEFAULT-VALUE}).")
        private int keep;

        @Option(names = "--resume",
                description = "Go on from the last checkpoint, if there is one, exactly as if there had been no break.")
        private boolean resume;
    }

    /** Where and how often to save; empty for not at all. */
    Optional<CheckpointOptions> checkpoints(CommandSpec spec) {
        if (saving == null) {
            return Optional.empty();
        }
        try {
            return Optional.of(new CheckpointOptions(saving.folder, saving.every, saving.keep, saving.resume));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
