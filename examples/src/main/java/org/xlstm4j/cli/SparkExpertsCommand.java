package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.xlstm4j.distill.targets.TargetStore;
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

    @Mixin
    private TeacherOptions teachers;

    @Mixin
    private BatchOptions rows;

    @Mixin
    private StageTwoOptions training;

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
        training.check(spec, rows);
        if (every < 1) {
            throw new ParameterException(spec.commandLine(), "--every must be at least 1, was " + every);
        }
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
            var options = training.of(spec, rows, () -> batches(expert.getValue()));
            all.add(new Expert(expert.getValue(), options, expert.getKey()));
        }
        return new ExpertsJob(student, all, teachers.anyTeacher(), every);
    }

    private int batches(Path targets) throws IOException {
        try (var store = TargetStore.open(targets)) {
            return store.epoch(rows.batch(), rows.seed(), 0).size();
        }
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
}
