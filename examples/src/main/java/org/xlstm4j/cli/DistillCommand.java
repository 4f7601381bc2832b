package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.safetensors.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code distill}: stage II, the whole student learns from the data and its teacher's stored targets. */
@Command(name = "distill", description = "Stage II: train a student, end to end, on its teacher's stored targets.")
final class DistillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "STUDENT", description = "The student's folder, best after stage I.")
    private Path student;

    @Option(names = "--targets", required = true, paramLabel = "STORE", description = "The store written by capture.")
    private Path targets;

    @Option(names = "--any-teacher", description = "Let the targets come from another teacher than the student does.")
    private boolean anyTeacher;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "The distilled folder, to create.")
    private Path out;

    @Option(names = "--steps", paramLabel = "N",
            description = "Batches to train on (default: one pass over the store).")
    private Integer steps;

    @Option(names = "--batch", defaultValue = "8", paramLabel = "N",
            description = "Rows a batch (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--rate", defaultValue = "3e-4", paramLabel = "R",
            description = "Highest learning rate, after a warm-up and before a cosine (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Option(names = "--ce-weight", defaultValue = "0.9", paramLabel = "W",
            description = "Weight of the cross-entropy with the next token (default: ${DEFAULT-VALUE}).")
    private double crossEntropyWeight;

    @Option(names = "--kl-weight", defaultValue = "0.1", paramLabel = "W",
            description = "Weight of the divergence from the teacher (default: ${DEFAULT-VALUE}).")
    private double klWeight;

    @Option(names = "--activations", defaultValue = "float", paramLabel = "TYPE",
            description = "Type of what stands between parameters: float, bfloat16, half (default: ${DEFAULT-VALUE}).")
    private String activations;

    @Option(names = "--seed", defaultValue = "1", paramLabel = "N",
            description = "Seed of the order (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Override
    public Integer call() throws IOException {
        options(steps == null ? 1 : steps);
        Outputs.requireFree(out);
        try (var store = TargetStore.open(targets)) {
            var checkpoint = Checkpoint.open(student);
            store.requireFits(checkpoint, anyTeacher);
            int stepsInAll = steps == null ? store.epoch(batch, seed, 0).size() : steps;
            var model = checkpoint.load();
            var done = train(new Distillation(model, store, options(stepsInAll)), stepsInAll);
            Checkpoint.write(out, model, checkpoint, DType.F32);
            var last = done.get(done.size() - 1);
            Console.of(spec).line("%s: %d steps, %d tokens, loss %.4f at first, %.4f at last", out, last.step(),
                    last.tokens(), done.get(0).loss(), last.loss());
        }
        return 0;
    }

    private List<TrainingProgress> train(Distillation distillation, int stepsInAll) throws IOException {
        var done = new ArrayList<TrainingProgress>();
        try (var progress = Console.of(spec).progress("distill", "steps", stepsInAll)) {
            distillation.train(step -> {
                done.add(step);
                progress.update(step.step(), String.format(Locale.ROOT, "loss %.4f", step.loss()));
            });
        }
        return done;
    }

    private DistillationOptions options(int count) {
        try {
            return DistillationOptions.of(count, batch, rate, seed).withWeights(crossEntropyWeight, klWeight)
                    .withActivations(Activations.type(activations));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }
}
