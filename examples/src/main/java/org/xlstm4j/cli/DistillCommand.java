package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.HeldOutLoss;
import org.xlstm4j.distill.train.HeldOutOptions;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.distill.train.TargetSource;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.distill.train.TrainingResult;
import org.xlstm4j.distill.train.TrainingRun;
import org.xlstm4j.safetensors.DType;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code distill}: stage II, the whole student learns from the data and what its teacher says of them. */
@Command(name = "distill", description = "Stage II: train a student, end to end, on its teacher's targets.")
final class DistillCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "STUDENT", description = "The student's folder, best after stage I.")
    private Path student;

    @ArgGroup(multiplicity = "1")
    private Targets targets;

    /** Where the teacher's targets come from. */
    private static final class Targets {
        @Option(names = "--targets", required = true, paramLabel = "STORE",
                description = "The store written by capture.")
        private Path store;

        @ArgGroup(exclusive = false)
        private LiveTeacher live;
    }

    @Mixin
    private TeacherOptions teachers;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "The distilled folder, to create.")
    private Path out;

    @Mixin
    private BatchOptions rows;

    @Mixin
    private StageTwoOptions training;

    @Mixin
    private SavingOptions saving;

    @ArgGroup(exclusive = false)
    private Evaluation evaluation;

    /** What belongs to held-out rows. */
    private static final class Evaluation {
        @Option(names = "--evaluate", required = true, paramLabel = "STORE",
                description = "A store of rows to measure on, which nothing trains on: capture --held-out-only writes"
                        + " one.")
        private Path store;

        @Option(names = "--evaluate-every", defaultValue = "50", paramLabel = "N",
                description = "Steps between measurements, no more than there are (default: ${DEFAULT-VALUE}).")
        private int every;

        @Option(names = "--patience", defaultValue = "0", paramLabel = "N",
                description = "Measurements without a lower KL after which training stops, with the best student; 0 for"
                        + " never (default: ${DEFAULT-VALUE}).")
        private int patience;
    }

    @Mixin
    private StatsOptions stats;

    @Override
    public Integer call() throws IOException {
        training.check(spec, rows);
        checkEvaluation();
        if (targets.live != null) {
            targets.live.check(spec, rows);
        }
        saving.checkpoints(spec);
        Outputs.requireFree(out);
        var checkpoint = Checkpoint.open(student);
        if (targets.store == null) {
            try (var live = targets.live.open(spec, checkpoint, rows, teachers)) {
                distil(checkpoint, live.source(), live::batches);
                live.report().ifPresent(read -> Console.of(spec).notice("%s", DataOptions.summary(read)));
            }
        } else {
            try (var store = TargetStore.open(targets.store)) {
                store.requireFits(checkpoint, teachers.anyTeacher());
                distil(checkpoint, TargetSource.of(store, rows.batch(), rows.seed()),
                        () -> store.epoch(rows.batch(), rows.seed(), 0).size());
            }
        }
        return 0;
    }

    private void checkEvaluation() {
        if (evaluation != null && (evaluation.every < 1 || evaluation.patience < 0)) {
            throw new ParameterException(spec.commandLine(),
                    "--evaluate-every must be at least 1 and --patience at least 0");
        }
    }

    private void distil(Checkpoint checkpoint, TargetSource source, StageTwoOptions.Batches batches)
            throws IOException {
        var options = training.of(spec, rows, batches);
        var model = checkpoint.load();
        var losses = new Losses();
        var result = train(new Distillation(model, source, options), options.steps(), losses,
                run(checkpoint, options.steps()));
        Checkpoint.write(out, model, checkpoint, DType.F32);
        stats.draw("distillation");
        report(result, losses);
    }

    private TrainingRun run(Checkpoint checkpoint, int steps) throws IOException {
        Optional<HeldOutOptions> measured = evaluation == null ? Optional.empty()
                : Optional.of(new HeldOutOptions(heldOutRows(checkpoint), Math.min(evaluation.every, steps),
                        evaluation.patience));
        return new TrainingRun(new TrainingListener() { }, saving.checkpoints(spec), measured);
    }

    private List<TargetBatch> heldOutRows(Checkpoint checkpoint) throws IOException {
        try (var store = TargetStore.open(evaluation.store)) {
            store.requireFits(checkpoint, teachers.anyTeacher());
            var batches = new ArrayList<TargetBatch>();
            var all = store.epoch(1, rows.seed(), 0);
            for (int from = 0; from < all.size(); from += rows.batch()) {
                batches.add(store.read(all.subList(from, Math.min(from + rows.batch(), all.size())).stream()
                        .flatMap(List::stream).toList()));
            }
            return batches;
        }
    }

    /** The first and the last loss of this run; NaN before. */
    private static final class Losses {
        private double first = Double.NaN;
        private double last = Double.NaN;

        void add(double loss) {
            first = Double.isNaN(first) ? loss : first;
            last = loss;
        }
    }

    private TrainingResult train(Distillation distillation, int stepsInAll, Losses losses, TrainingRun run)
            throws IOException {
        try (var progress = Console.of(spec).progress("distill", "steps", stepsInAll)) {
            var listeners = new ArrayList<TrainingListener>(List.of(listener(progress, losses)));
            stats.listener().ifPresent(listeners::add);
            return distillation.train(new TrainingRun(TrainingListener.all(listeners), run.checkpoints(),
                    run.heldOut()));
        }
    }

    private TrainingListener listener(Progress progress, Losses losses) {
        var console = Console.of(spec);
        return new TrainingListener() {
            @Override
            public void stepDone(TrainingProgress step) {
                losses.add(step.loss());
                progress.update(step.step(), String.format(Locale.ROOT, "loss %.4f", step.loss()));
            }

            @Override
            public void stepSkipped(SkippedStep skipped) {
                console.notice("step %d was passed over: its loss is %s, its gradient's norm %s, its place %s",
                        skipped.step(), skipped.loss(), skipped.norm(), skipped.place());
            }

            @Override
            public void evaluated(HeldOutLoss loss) {
                console.notice("step %d: held-out cross-entropy %.4f, KL %.5f", loss.step(), loss.crossEntropy(),
                        loss.kl());
            }

            @Override
            public void resumed(int step) {
                console.notice("going on after step %d", step);
            }
        };
    }

    private void report(TrainingResult result, Losses losses) {
        var console = Console.of(spec);
        if (Double.isNaN(losses.last)) {
            console.line("%s: %d steps, %d tokens, all of them before", out, result.steps(), result.tokens());
        } else {
            console.line("%s: %d steps, %d tokens, loss %.4f at first, %.4f at last", out, result.steps(),
                    result.tokens(), losses.first, losses.last);
        }
        result.best().ifPresent(best -> console.line("%s: held-out KL %.5f at step %d, the lowest",
                result.stoppedEarly() ? "stopped early, with the best student" : "best measurement", best.kl(),
                best.step()));
        if (result.skipped() > 0) {
            console.line("%d steps were passed over", result.skipped());
        }
    }
}
