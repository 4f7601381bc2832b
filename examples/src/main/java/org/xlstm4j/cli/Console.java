package org.xlstm4j.cli;

import java.io.PrintWriter;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Where a command prints.
 *
 * @param out results
 * @param err progress and notices
 */
record Console(PrintWriter out, PrintWriter err) {

    /** The console of the command line that {@code spec} runs in. */
    static Console of(CommandSpec spec) {
        return new Console(spec.commandLine().getOut(), spec.commandLine().getErr());
    }

    /** Prints a line of the result. */
    void line(String format, Object... values) {
        out.println(String.format(Locale.ROOT, format, values));
    }

    /** Prints a table of the result. */
    void print(Table table) {
        table.lines().forEach(out::println);
    }

    /** A notice, such as where a file was written. */
    void notice(String format, Object... values) {
        err.println(String.format(Locale.ROOT, format, values));
    }

    /** Progress over {@code total} units, to be closed. */
    Progress progress(String task, String unit, long total) {
        return new Progress(err, task, unit, total);
    }
}
