package org.xlstm4j.cli;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
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

    /** A run with {@code input} on standard input. */
    static CommandRun fed(String input, Object... arguments) {
        var before = System.in;
        System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
        try {
            return of(arguments);
        } finally {
            System.setIn(before);
        }
    }

    /** A copy of the demo's teacher, with a chat template that asks it to compute what users say. */
    static Path chattingTeacher(Path folder) {
        try {
            copyOfTeacher(folder);
            Files.writeString(folder.resolve("chat_template.jinja"), "{{ bos_token }}{% for m in messages %}"
                    + "{{ 'Compute ' ~ m.content ~ ' =' if m.role == 'user' else m.content ~ '\\n' }}{% endfor %}");
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
