package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.LongStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code ablate}: students of the demo's teacher that differ in one thing, on the same budget. */
@Command(name = "ablate", description = "Compare students of the demo's teacher that differ in one thing.")
final class AblateCommand implements Runnable {
    @Spec
    private CommandSpec spec;

    /** Without a subcommand: a wrong usage. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "say what to compare: mixers, weights, stages");
    }

    @Command(name = "mixers",
            description = "Linear attention, mLSTM, window, sinks: what the parts of the mixer are worth.")
    int mixers(@Mixin Options options) throws IOException {
        return run(options, AblationPlan::mixers);
    }

    @Command(name = "weights", description = "Weights of cross-entropy and KL in stage II, from 1 and 0 to 0 and 1.")
    int weights(@Mixin Options options) throws IOException {
        return run(options, AblationPlan::weights);
    }

    @Command(name = "stages", description = "Stage I and II against stage II alone, on as many tokens.")
    int stages(@Mixin Options options) throws IOException {
        return run(options, AblationPlan::stages);
    }

    private int run(Options options, Function<AblationPlan.Settings, AblationPlan> plans) throws IOException {
        var plan = plans.apply(options.settings(spec));
        var out = options.out != null ? options.out : Path.of("ablate-" + plan.name());
        Outputs.requireFree(out);
        Files.createDirectories(out);
        var console = Console.of(spec);
        var result = new Ablation(plan, options.home(), console).run(out);
        AblationReport.write(result, out);
        console.print(AblationReport.table(result));
        console.line("");
        console.print(AblationReport.changes(result));
        console.line("%nseeds %s, %d steps a student; %.0f%% of held-out predictions have text behind a window of %d",
                plan.settings().seeds(), plan.settings().steps(), 100 * result.beyondWindow(),
                plan.settings().window());
        console.line("%.0f s, %.2f GB; report in %s", result.seconds(), result.peakBytes() / 1e9, out);
        return 0;
    }

    /** What all ablations are told. */
    static final class Options {
        @Option(names = "--out", paramLabel = "FOLDER",
                description = "The report's folder, to create (default: ablate- and what is compared).")
        private Path out;

        @Option(names = "--home", paramLabel = "FOLDER", hidden = true,
                description = "The folder of the demo's teacher and data.")
        private Path home;

        @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
                description = "The first seed, of training text and order (default: ${DEFAULT-VALUE}).")
        private long seed;

        @Option(names = "--seeds", defaultValue = "3", paramLabel = "N",
                description = "Times that every student is trained (default: ${DEFAULT-VALUE}).")
        private int seeds;

        @Option(names = "--steps", defaultValue = "200", paramLabel = "N",
                description = "Steps of a student, of both stages together (default: ${DEFAULT-VALUE}).")
        private int steps;

        @Option(names = "--rate", defaultValue = "3e-4", paramLabel = "RATE",
                description = "Highest learning rate of stage II (default: ${DEFAULT-VALUE}).")
        private double rate;

        @Option(names = "--window", defaultValue = "4", paramLabel = "W",
                description = "Tokens that the window shows (default: ${DEFAULT-VALUE}).")
        private int window;

        @Option(names = "--sinks", defaultValue = "4", paramLabel = "S",
                description = "First tokens that stay visible (default: ${DEFAULT-VALUE}).")
        private int sinks;

        @Option(names = "--items", defaultValue = "25", paramLabel = "N",
                description = "Held-out items a task to score, 0 for no scores (default: ${DEFAULT-VALUE}).")
        private int items;

        private AblationPlan.Settings settings(CommandSpec command) {
            try {
                return AblationPlan.Settings.of(LongStream.range(seed, seed + seeds).boxed().toList(), steps, rate,
                        window, sinks, items);
            } catch (IllegalArgumentException e) {
                throw new ParameterException(command.commandLine(), e.getMessage(), e);
            }
        }

        private Path home() {
            return home != null ? home : Path.of(System.getProperty("xlstm4j.home", "."), "examples", "demo");
        }
    }
}
