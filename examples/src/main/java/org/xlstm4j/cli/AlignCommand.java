package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentListener;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.corpus.CorpusStream;
import org.xlstm4j.distill.corpus.HeldOut;
import org.xlstm4j.distill.corpus.PackedCorpus;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.safetensors.DType;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code align}: stage I, the student's mixers learn to do what the teacher's attention does. */
@Command(name = "align", description = "Stage I: align a student's mixers with its teacher, layer by layer.")
final class AlignCommand implements Callable<Integer> {
    private static final int MEASURED_BATCHES = 4;

    @Spec
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "TEACHER", description = "The teacher's folder.")
    private Path teacher;

    @Parameters(index = "1", paramLabel = "STUDENT", description = "The folder of a student converted from it.")
    private Path student;

    @Mixin
    private DataOptions data;

    @Mixin
    private BatchOptions rows;

    @Mixin
    private ImportFlags flags;

    @Mixin
    private TeacherOptions teachers;

    @Option(names = "--out", required = true, paramLabel = "FOLDER", description = "The aligned folder, to create.")
    private Path out;

    @Option(names = "--steps", paramLabel = "N", description = "Batches to train on (default: one pass over the data).")
    private Integer steps;

    @Option(names = "--rate", defaultValue = "0.01", paramLabel = "R",
            description = "Highest learning rate, after a warm-up and before a cosine (default: ${DEFAULT-VALUE}).")
    private double rate;

    @Mixin
    private ScheduleOptions schedule;

    @Mixin
    private SavingOptions saving;

    @Option(names = "--skip-bad", paramLabel = "N", defaultValue = "" + DistillationOptions.DEFAULT_BAD_STEPS,
            description = "Steps in a row without a finite loss or gradient that are passed over (default:"
                    + " ${DEFAULT-VALUE}).")
    private int badSteps;

    @Option(names = "--threads", paramLabel = "N",
            description = "Layers that train at a time, each with its activations (default: as many as cores).")
    private Integer threads;

    @Mixin
    private StatsOptions stats;

    @Override
    public Integer call() throws IOException {
        var packing = data.packing(spec, rows);
        data.stream(spec, HeldOut.Part.TRAINING);
        options(steps == null ? 1 : steps);
        saving.checkpoints(spec);
        Outputs.requireFree(out);
        try (var model = OpenModel.open(student)) {
            var corpus = data.open(spec, rows, HeldOut.Part.TRAINING, model.encoding());
            var alignment = alignment(model, packing.time());
            var measured = measured(corpus);
            var before = alignment.relativeErrors(measured);
            train(alignment, corpus);
            var after = alignment.relativeErrors(measured);
            Checkpoint.write(out, model.model(), model.checkpoint(), DType.F32);
            stats.draw("alignment");
            Console.of(spec).print(table(before, after));
        }
        return 0;
    }

    private Alignment alignment(OpenModel model, int time) throws IOException {
        var checkpoint = Checkpoint.open(teacher);
        teachers.require(checkpoint, model.checkpoint());
        var imitated = checkpoint.load(flags.options());
        return threads == null ? new Alignment(imitated, model.model(), time)
                : new Alignment(imitated, model.model(), time, threads);
    }

    private AlignmentOptions options(int count) {
        if (count < 1) {
            throw new ParameterException(spec.commandLine(), "--steps must be at least 1, was " + count);
        }
        try {
            if (threads != null && threads < 1) {
                throw new IllegalArgumentException("--threads must be at least 1, was " + threads);
            }
            var options = AlignmentOptions.of(count, rate).withBadSteps(badSteps);
            return options.withOptimizer(options.optimizer().withSchedule(schedule.schedule(rate, 1e-5, count)));
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), e.getMessage(), e);
        }
    }

    /** Some of what is held out; if nothing is, of what is trained on. The same before and after. */
    private static List<PackedBatch> measured(PackedCorpus corpus) throws IOException {
        var options = corpus.options().withEndless(false);
        var share = options.heldOut().share();
        var part = share > 0 ? new HeldOut(share, HeldOut.Part.HELD_OUT) : HeldOut.NOTHING;
        // A shuffle of its own.
        var packing = corpus.packing().withSeed(corpus.packing().seed() - 1);
        try (var stream = corpus.withPacking(packing).withOptions(options.withHeldOut(part))
                .stream(DataCursor.START)) {
            var batches = new ArrayList<PackedBatch>();
            while (batches.size() < MEASURED_BATCHES && stream.hasNext()) {
                batches.add(stream.next());
            }
            return batches;
        }
    }

    private void train(Alignment alignment, PackedCorpus corpus) throws IOException {
        var options = options(steps == null ? Math.toIntExact(corpus.survey().batches(corpus.packing().batch()))
                : steps);
        var read = new AtomicReference<CorpusStream>();
        try (var progress = Console.of(spec).progress("align", "steps", options.steps())) {
            var listeners = new ArrayList<AlignmentListener>(List.of(listener(progress)));
            stats.listener().ifPresent(listeners::add);
            var listener = AlignmentListener.all(listeners);
            var checkpoints = saving.checkpoints(spec);
            if (checkpoints.isPresent()) {
                alignment.train(options, place -> open(corpus, place, read), listener, checkpoints.get());
            } else {
                alignment.train(options, place -> open(corpus, place, read), listener);
            }
            Console.of(spec).notice("%s", DataOptions.summary(read.get().report()));
        }
    }

    private static BatchStream open(PackedCorpus corpus, DataCursor place, AtomicReference<CorpusStream> read) {
        read.set(corpus.stream(place));
        return read.get();
    }

    private AlignmentListener listener(Progress progress) {
        return new AlignmentListener() {
            @Override
            public void stepDone(AlignmentProgress step) {
                progress.update(step.step(), String.format(Locale.ROOT, "loss %.3g", meanLoss(step)));
            }

            @Override
            public void stepSkipped(int layer, SkippedStep skipped) {
                Console.of(spec).notice("step %d of layer %d was passed over: its loss is %s, its gradient's norm %s",
                        skipped.step(), layer, skipped.loss(), skipped.norm());
            }

            @Override
            public void resumed(int step) {
                Console.of(spec).notice("going on after step %d", step);
            }
        };
    }

    private static double meanLoss(AlignmentProgress step) {
        return step.losses().stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
    }

    private static Table table(List<Double> before, List<Double> after) {
        var table = Table.of("layer", "error before", "error after", "ratio");
        for (int layer = 0; layer < before.size(); layer++) {
            table.row(Integer.toString(layer), Table.number(before.get(layer), 5), Table.number(after.get(layer), 5),
                    Table.number(after.get(layer) / before.get(layer), 3));
        }
        return table;
    }
}
