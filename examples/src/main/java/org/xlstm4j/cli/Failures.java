package org.xlstm4j.cli;

import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a user sees when a command cannot do its work: one line that says why and what to do. */
final class Failures {
    private Failures() {
    }

    /** Runs the command; errors such as a lack of memory come out as exceptions, and so in one line, too. */
    static int guarded(ParseResult parsed) {
        try {
            return new RunLast().execute(parsed);
        } catch (OutOfMemoryError | LinkageError e) {
            var commands = parsed.asCommandLineList();
            throw new ExecutionException(commands.get(commands.size() - 1), e.toString(), e);
        }
    }

    /** Reports a failure: exit code 1. */
    static int failed(Exception failure, CommandLine command, boolean debug) {
        var cause = failure instanceof ExecutionException && failure.getCause() != null ? failure.getCause() : failure;
        command.getErr().println(command.getCommandSpec().qualifiedName() + ": " + describe(cause));
        trace(cause, command, debug);
        return ExitCode.SOFTWARE;
    }

    /** Reports a wrong usage: exit code 2. */
    static int misused(ParameterException misuse, boolean debug) {
        var command = misuse.getCommandLine();
        var name = command.getCommandSpec().qualifiedName();
        command.getErr().println(name + ": " + oneLine(misuse.getMessage()) + suggestion(misuse) + "; see " + name
                + " --help");
        trace(misuse, command, debug);
        return ExitCode.USAGE;
    }

    private static String suggestion(ParameterException misuse) {
        if (misuse instanceof UnmatchedArgumentException unmatched && !unmatched.getSuggestions().isEmpty()) {
            return " (did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?)";
        }
        return "";
    }

    private static void trace(Throwable cause, CommandLine command, boolean debug) {
        if (debug) {
            cause.printStackTrace(command.getErr());
        }
    }

    /** Why something failed and what to do, in one line. */
    static String describe(Throwable cause) {
        if (cause instanceof UncheckedIOException unchecked) {
            return describe(unchecked.getCause());
        }
        if (cause instanceof NoSuchFileException missing) {
            return missing.getFile() + ": there is no such file or folder";
        }
        if (cause instanceof AccessDeniedException denied) {
            return denied.getFile() + ": access denied; check its permissions";
        }
        if (cause instanceof FileAlreadyExistsException existing) {
            return existing.getFile() + " exists already; choose another name or remove it first";
        }
        if (cause instanceof OutOfMemoryError) {
            return "out of memory (" + oneLine(cause.getMessage())
                    + "); raise the limits: XLSTM4J_OPTS=\"-Xmx4g -Dorg.bytedeco.javacpp.maxbytes=8g"
                    + " -Dorg.bytedeco.javacpp.maxphysicalbytes=12g\"";
        }
        // A message of its own says what is wrong; without one, the type is all there is.
        return cause.getMessage() == null
                ? cause.getClass().getSimpleName() + "; run again with --debug for details"
                : oneLine(cause.getMessage());
    }

    private static String oneLine(String message) {
        return message == null ? "" : message.strip().replaceAll("\\s*\\R\\s*", " ");
    }
}
