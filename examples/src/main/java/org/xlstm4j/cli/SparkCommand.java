package org.xlstm4j.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code spark}: what parallelises without talk, on a cluster. */
@Command(name = "spark", description = "Capture, align, train experts, evaluate on a Spark cluster.", subcommands = {
        SparkCaptureCommand.class, SparkAlignCommand.class, SparkExpertsCommand.class, SparkEvaluateCommand.class})
final class SparkCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Without a subcommand: a wrong usage. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to do: capture, align, experts, evaluate");
    }
}
