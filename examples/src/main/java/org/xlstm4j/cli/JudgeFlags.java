package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.xlstm4j.distill.judge.Domains;
import org.xlstm4j.distill.judge.JudgeOptions;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of how students are judged. */
final class JudgeFlags {
    @Option(names = "--common", description = "Judge on the tasks that all models have a score on.")
    private boolean common;

    @Option(names = "--domains", paramLabel = "FILE", description = "The tasks' domains, {\"math\": [\"gsm8k\", "
            + "\"minerva_*\"], ...} (default: what a task's name has before its first dot).")
    private Path domains;

    @Option(names = "--draws", defaultValue = "2000", paramLabel = "N",
            description = "Draws of the bootstrap, 0 for no intervals (default: ${DEFAULT-VALUE}).")
    private int draws;

    @Option(names = "--level", defaultValue = "0.95", paramLabel = "P",
            description = "Level of confidence (default: ${DEFAULT-VALUE}).")
    private double level;

    @Option(names = "--resample-tasks", description = "Draw the tasks, too: intervals for other tasks of the kind.")
    private boolean resampleTasks;

    @Option(names = "--seed", defaultValue = "0", paramLabel = "N",
            description = "Seed of the draws (default: ${DEFAULT-VALUE}).")
    private long seed;

    JudgeOptions options(CommandSpec spec) throws IOException {
        var known = domains == null ? Domains.byPrefix() : Domains.read(domains);
        try {
            return new JudgeOptions(level, draws, seed, resampleTasks, common, known);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
