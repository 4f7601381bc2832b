package org.xlstm4j.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code bench}: what things cost on this machine. */
@Command(name = "bench", description = "Measure on this machine.", subcommands = {
        BenchOpsCommand.class, BenchLoadCommand.class, BenchDataCommand.class, BenchStoreCommand.class,
        BenchInferenceCommand.class})
final class BenchCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Without a subcommand: a wrong usage. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to measure: ops, load, data, store, inference");
    }
}
