package org.xlstm4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command {@code xlstm4j}. */
@Command(name = "xlstm4j", scope = ScopeType.INHERIT, mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class, sortOptions = false, usageHelpAutoWidth = true, subcommands = {
            InspectCommand.class, ConvertCommand.class, AlignCommand.class, CaptureCommand.class, DistillCommand.class,
            MergeCommand.class, TuneCommand.class, EvaluateCommand.class, CompareCommand.class, GenerateCommand.class,
            ChatCommand.class, ServeCommand.class, DemoCommand.class, AblateCommand.class, BenchCommand.class,
            SparkCommand.class},
        commandListHeading = "", exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:done", "1:failed", "2:wrong usage"})
public final class Main implements Runnable {
    private static final String DEBUG = "--debug";

    @Spec
    private CommandSpec spec;

    @Option(names = DEBUG, scope = ScopeType.INHERIT, description = "On failure print the stack trace, too.")
    private boolean debug;

    /** Runs one command and exits with its code. */
    public static void main(String[] args) {
        var out = new PrintWriter(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // Libraries print to standard output, too; it is for results alone.
        System.setOut(Arrays.asList(args).contains(DEBUG) ? System.err
                : new PrintStream(OutputStream.nullOutputStream()));
        int exitCode = commandLine().setOut(out).execute(args);
        out.flush();
        System.exit(exitCode);
    }

    /** The command line with all its commands, ready to {@code execute}. */
    static CommandLine commandLine() {
        var main = new Main();
        var line = new CommandLine(main).setCaseInsensitiveEnumValuesAllowed(true);
        line.getHelpSectionMap().put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, CommandGroups::render);
        return line
                .setExecutionStrategy(Failures::guarded)
                .setExecutionExceptionHandler((e, command, parsed) -> Failures.failed(e, command, main.debug))
                .setParameterExceptionHandler((e, args) -> Failures.misused(e, main.debug));
    }

    /** Without a command: shows the help, as a wrong usage. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "no command given");
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            var version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"xlstm4j " + (version == null ? "(development)" : version)};
        }
    }
}
