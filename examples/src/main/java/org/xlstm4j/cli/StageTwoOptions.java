package org.xlstm4j.cli;

import java.io.IOException;
import java.util.List;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.LoraOptions;
import org.xlstm4j.distill.train.ParameterSelection;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of stage II, wherever it runs. */
final class StageTwoOptions {
    @Option(names = "--steps", paramLabel = "N", description = "Training steps (default: one pass over the data).")
    private Integer steps;

    @Option(names = "--accumulate", defaultValue = "1", paramLabel = "N",
            description = "Batches a step, whose gradients are summed up (default: ${DEFAULT-VALUE}).")
    private int accumulate;

    @Option(names = "--rate", defaultValue = "3e-4", paramLabel = "R",
            description = "Highest learning rate, after a warm-up (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Mixin
    private ScheduleOptions schedule;

    @Option(names = "--ce-weight", defaultValue = "0.9", paramLabel = "W",
            description = "Weight of the cross-entropy with the next token (default: ${DEFAULT-VALUE}).")
    private double crossEntropyWeight;

    @Option(names = "--kl-weight", defaultValue = "0.1", paramLabel = "W",
            description = "Weight of the divergence from the teacher (default: ${DEFAULT-VALUE}).")
    private double klWeight;

    @Mixin
    private DivergenceOptions divergence;

    @Option(names = "--train", arity = "1..*", paramLabel = "PATTERN",
            description = "Parameters that train: names with * for any part, or \"mixers\" (default: all; with --lora,"
                    + " mixers).")
    private List<String> train = List.of();

    @Option(names = "--freeze", arity = "1..*", paramLabel = "PATTERN",
            description = "Parameters that do not, such as \"*.mlp.*\".")
    private List<String> freeze = List.of();

    @Option(names = "--lora", paramLabel = "RANK",
            description = "Train adapters of that rank in place of projections, merged in the end.")
    private Integer lora;

    @Option(names = "--activations", defaultValue = "float", paramLabel = "TYPE",
            description = "Type of what stands between parameters: float, bfloat16, half (default: ${DEFAULT-VALUE}).")
    private String activations;

    @Option(names = "--recompute", defaultValue = "0", paramLabel = "N",
            description = "Compute the activations of N layers at a time a second time instead of keeping them; 0 keeps"
                    + " all (default: ${DEFAULT-VALUE}).")
    private int recompute;

    @Option(names = "--skip-bad", paramLabel = "N", defaultValue = "" + DistillationOptions.DEFAULT_BAD_STEPS,
            description = "Steps in a row without a finite loss or gradient that are passed over (default:"
                    + " ${DEFAULT-VALUE}).")
    private int badSteps;

    /** Refuses what cannot be, before anything is read. */
    void check(CommandSpec spec, BatchOptions rows) {
        of(spec, rows, steps == null ? 1 : steps);
    }

    /** How many batches there are, which may take a while to find out. */
    interface Batches {
        int ofOnePass() throws IOException;
    }

    /** The settings, for one pass over the data where no steps were asked for. */
    DistillationOptions of(CommandSpec spec, BatchOptions rows, Batches batches) throws IOException {
        return of(spec, rows, steps == null ? Math.max(1, batches.ofOnePass() / accumulate) : steps);
    }

    private DistillationOptions of(CommandSpec spec, BatchOptions rows, int all) {
        try {
            if (all < 1) {
                throw new IllegalArgumentException("--steps must be at least 1, was " + all);
            }
            requirePatterns(train);
            requirePatterns(freeze);
            var include = train.isEmpty() && lora != null ? List.of(ParameterSelection.MIXERS) : train;
            var options = DistillationOptions.of(all, rows.batch(), rate, rows.seed())
                    .withWeights(crossEntropyWeight, klWeight).withDivergence(divergence.divergence())
                    .withActivations(Activations.type(activations)).withAccumulate(accumulate)
                    .withTrained(new ParameterSelection(include, freeze)).withBadSteps(badSteps)
                    .withRecompute(recompute);
            options = options.withOptimizer(options.optimizer().withSchedule(schedule.schedule(rate, 0, all)));
            return lora == null ? options : options.withLora(LoraOptions.of(lora));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** A list of patterns takes a mistyped option for one more. */
    private static void requirePatterns(List<String> patterns) {
        patterns.stream().filter(pattern -> pattern.startsWith("-")).findFirst().ifPresent(pattern -> {
            throw new IllegalArgumentException("there is no option " + pattern);
        });
    }
}
