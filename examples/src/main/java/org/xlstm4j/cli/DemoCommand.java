package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code demo}: the whole way from a teacher to a judged merge of experts, on a small real teacher. */
@Command(name = "demo", description = "The whole way on a small real teacher: align, distil, merge, tune, judge.")
final class DemoCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(names = "--out", defaultValue = "demo-report", paramLabel = "FOLDER",
            description = "The report's folder, to create (default: ${DEFAULT-VALUE}).")
    private Path out;

    @Option(names = "--home", paramLabel = "FOLDER", hidden = true,
            description = "The folder of the demo's teacher and data.")
    private Path home;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of packing, order and search (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws IOException {
        Outputs.requireFree(out);
        var console = Console.of(spec);
        Files.createDirectories(out.resolve("models"));
        var result = new Demo(home(home), out.resolve("models"), DemoSettings.of(seed), console).run();
        DemoReport.write(result, out);
        DemoReport.table(result).lines().forEach(console.out()::println);
        console.line("");
        result.promises().forEach(
                promise -> console.line("%-6s  %s", promise.kept() ? "kept" : "MISSED", promise.text()));
        double total = result.seconds().values().stream().mapToDouble(Double::doubleValue).sum();
        console.line("%n%.0f s, %.2f GB; report in %s", total, result.peakBytes() / 1e9, out);
        return result.promises().stream().allMatch(DemoResult.Promise::kept) ? 0 : 1;
    }

    /** The folder of the demo's teacher and data, {@code given} or the project's own. */
    static Path home(Path given) {
        return given != null ? given : Path.of(System.getProperty("xlstm4j.home", "."), "examples", "demo");
    }
}
