package org.xlstm4j.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** One run of the command line within the test: its exit code and what it printed. */
record CommandRun(int exitCode, String out, String err) {
    static final Path TEACHER = Path.of("demo", "teacher-llama-1m");
    static final Path MATH = Path.of("demo", "data", "math.eval.jsonl");

    static CommandRun of(Object... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        var strings = new String[arguments.length];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = arguments[i].toString();
        }
        int exitCode = Main.commandLine().setOut(new PrintWriter(out)).setErr(new PrintWriter(err)).execute(strings);
        return new CommandRun(exitCode, out.toString(), err.toString());
    }

    /** A copy of the demo's teacher, to be spoilt. */
    static Path copyOfTeacher(Path folder) {
        try (var files = Files.list(TEACHER)) {
            Files.createDirectories(folder);
            for (var file : files.toList()) {
                Files.copy(file, folder.resolve(file.getFileName().toString()));
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A student of the demo's teacher in {@code folder}. */
    static Path student(Path folder, int window) {
        var run = of("convert", TEACHER, "--out", folder, "--window", window);
        if (run.exitCode() != 0) {
            throw new IllegalStateException(run.err());
        }
        return folder;
    }
}
