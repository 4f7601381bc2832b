package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.ParameterSelection;
import org.xlstm4j.merge.Coefficients;
import org.xlstm4j.merge.LinearMerge;
import org.xlstm4j.merge.Merge;
import org.xlstm4j.spark.ExpertsJob;
import org.xlstm4j.spark.ExpertsJob.Expert;
import org.xlstm4j.spark.TrainedExpert;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code spark experts}: stage II of several experts side by side, and their merge. */
@Command(name = "experts", description = {"Stage II: train experts from one student, each a part, and merge them.",
        "Each is that of distill; what was interrupted goes on with the same options."})
final class SparkExpertsCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "STUDENT", description = "The student's folder that all experts begin with.")
    private Path student;

    @Mixin
    private ClusterOptions cluster;

    @Option(names = "--expert", required = true, paramLabel = "FOLDER=STORE",
            description = "An expert to create, and the store it learns from; repeat it for every expert.")
    private Map<Path, Path> experts = new LinkedHashMap<>();

    @Option(names = "--any-teacher", description = "Let the targets come from another teacher than the student does.")
    private boolean anyTeacher;

    @Option(names = "--steps", paramLabel = "N", description = "Training steps (default: one pass over each store).")
    private Integer steps;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Rows a batch (default: ${DEFAULT-VALUE}).")
    private int batch;

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

    @Option(names = "--train", arity = "1..*", paramLabel = "PATTERN",
            description = "Parameters that train: names with * for any part, or \"mixers\" (default: all).")
    private List<String> train = List.of();

    @Option(names = "--freeze", arity = "1..*", paramLabel = "PATTERN",
            description = "Parameters that do not, such as \"*.mlp.*\".")
    private List<String> freeze = List.of();

    @Option(names = "--activations", defaultValue = "float", paramLabel = "TYPE",
            description = "Type of what stands between parameters: float, bfloat16, half (default: ${DEFAULT-VALUE}).")
    private String activations;

    @Option(names = "--recompute", defaultValue = "0", paramLabel = "N",
            description = "Compute the activations of N layers at a time a second time instead of keeping them; 0 keeps"
                    + " all (default: ${DEFAULT-VALUE}).")
    private int recompute;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of the order (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--every", defaultValue = "100", paramLabel = "N",
            description = "Steps between checkpoints of an expert (default: ${DEFAULT-VALUE}).")
    private int every;

    @ArgGroup(exclusive = false)
    private Merging merging;

    /** What belongs to the merge. */
    private static final class Merging {
        @Option(names = "--merge", required = true, paramLabel = "FOLDER",
                description = "The merged folder, to create.")
        private Path out;

        @Option(names = "--weights", paramLabel = "L1,L2,...",
                description = "A coefficient an expert, with a sum of 1 (default: all the same).")
        private String weights;
    }

    @Override
    public Integer call() throws IOException {
        cluster.check(spec);
        options(1);
        var merge = merging == null ? null : linear();
        if (merging != null) {
            Outputs.requireFree(merging.out);
        }
        var job = job();
        var console = Console.of(spec);
        List<TrainedExpert> trained;
        try (var spark = cluster.connect();
                var progress = console.progress("experts", "experts", experts.size())) {
            trained = spark.train(job, progress::update);
        }
        trained.forEach(expert -> console.line("%s: %d steps, %d tokens, loss %.4f at last", expert.folder(),
                expert.steps(), expert.tokens(), expert.loss()));
        if (merge != null) {
            Merge.checkpoints(trained.stream().map(TrainedExpert::folder).toList(), merging.out, merge);
            console.line("%s: %d experts with coefficients %s", merging.out, trained.size(), merge.coefficients());
        }
        return 0;
    }

    private ExpertsJob job() throws IOException {
        var all = new ArrayList<Expert>();
        for (var expert : experts.entrySet()) {
            int count = 1;
            if (steps == null) {
                try (var store = TargetStore.open(expert.getValue())) {
                    count = Math.max(1, store.epoch(batch, seed, 0).size() / accumulate);
                }
            }
            all.add(new Expert(expert.getValue(), options(count), expert.getKey()));
        }
        return new ExpertsJob(student, all, anyTeacher, every);
    }

    private LinearMerge linear() {
        try {
            var merge = new LinearMerge(merging.weights == null ? Coefficients.uniform(experts.size())
                    : Coefficients.parse(merging.weights));
            merge.requireExperts(experts.size());
            return merge;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    private DistillationOptions options(int count) {
        try {
            if (every < 1) {
                throw new IllegalArgumentException("--every must be at least 1, was " + every);
            }
            int all = steps == null ? count : steps;
            var options = DistillationOptions.of(all, batch, rate, seed).withWeights(crossEntropyWeight, klWeight)
                    .withActivations(Activations.type(activations)).withAccumulate(accumulate).withRecompute(recompute)
                    .withTrained(new ParameterSelection(train, freeze));
            return options.withOptimizer(options.optimizer().withSchedule(schedule.schedule(rate, 0, all)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
