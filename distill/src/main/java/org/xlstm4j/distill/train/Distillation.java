package org.xlstm4j.distill.train;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Consumer;
import org.xlstm4j.distill.resume.TrainingCheckpoints;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.ops.optimizer.NonFiniteGradientException;

/**
 * Stage II, sparse knowledge distillation: L = γ · CE + β · KL over the teacher's top-k (arXiv 2603.15590, Eq. 13), a
 * mean over the counted targets of a step, end to end. The teacher speaks through its store, or live. Training that is
 * saved goes on exactly: the student is bit by bit the one that it would have been.
 */
public final class Distillation {
    private static final int STEPS_BETWEEN_COLLECTIONS = 16;

    private final CausalLm student;
    private final TargetSource source;
    private final DistillationOptions options;
    private final Trained trained;
    private final DistillationGraph graph;
    private final AdamW optimizer;
    private final GradientSum sum;
    private final StepGuard guard;
    private int done;
    private long tokens;

    /**
     * @param student trained in place
     * @param store   the teacher's targets, which fit the student
     */
    public Distillation(CausalLm student, TargetStore store, DistillationOptions options) {
        this(student, TargetSource.of(store, options.batch(), options.seed()), options);
    }

    /**
     * @param student trained in place
     * @param source  the teacher's targets, which fit the student, in batches of {@code options.batch()} rows; its
     *                opener closes it
     */
    public Distillation(CausalLm student, TargetSource source, DistillationOptions options) {
        if (source.batch() != options.batch()) {
            throw new IllegalArgumentException("the targets come in batches of " + source.batch() + " rows instead of "
                    + options.batch());
        }
        this.student = student;
        this.source = source;
        this.options = options;
        this.trained = Trained.of(student, options);
        this.graph = new DistillationGraph(student, source, options, trained.differentiated());
        this.optimizer = new AdamW(options.optimizer(), trained.parameters());
        this.sum = new GradientSum(graph);
        this.guard = new StepGuard(options.badSteps(), options.activations());
    }

    /**
     * Trains for {@code options.steps()} steps.
     *
     * @param listener told after every step
     * @throws TrainingDivergedException if too many steps in a row are not finite; the student is then as the last
     *                                   good step left it
     */
    public void train(Consumer<TrainingProgress> listener) throws IOException {
        train(TrainingRun.of(TrainingListener.ofSteps(listener)));
    }

    /**
     * Trains for {@code options.steps()} steps, or on from the last checkpoint for what is left of them.
     *
     * @throws TrainingDivergedException                         if too many steps in a row are not finite
     * @throws org.xlstm4j.distill.resume.ResumeException if training cannot be saved or gone on with
     */
    public TrainingResult train(TrainingRun run) throws IOException {
        var stopping = new EarlyStopping(run.heldOut().map(HeldOutOptions::patience).orElse(0));
        // Not only once they are to be measured on.
        run.heldOut().ifPresent(heldOut -> heldOut.batches().forEach(graph::requireFits));
        try (graph) {
            if (run.checkpoints().isEmpty()) {
                steps(run, stopping, null);
            } else {
                var settings = DistillationSettings.of(student, source, options, trained, run.heldOut());
                try (var checkpoints = TrainingCheckpoints.open(run.checkpoints().get(), settings)) {
                    goOnFrom(checkpoints, stopping, run.listener());
                    steps(run, stopping, checkpoints);
                }
            }
        }
        stopping.putBackBest(trained);
        return new TrainingResult(done, tokens, guard.state().skipped(), stopping.best(), stopping.isOver());
    }

    private void goOnFrom(TrainingCheckpoints checkpoints, EarlyStopping stopping, TrainingListener listener)
            throws IOException {
        var latest = checkpoints.latest();
        if (latest.isPresent()) {
            var snapshot = latest.get();
            var state = DistillationState.of(snapshot.state());
            optimizer.restore(state.optimizerSteps(), snapshot.arrays());
            trained.update();
            source.goTo(state.place());
            guard.restore(state.guard());
            stopping.restore(state.stopping(), snapshot.arrays());
            done = snapshot.step();
            tokens = state.tokens();
            listener.resumed(done);
        }
    }

    private void steps(TrainingRun run, EarlyStopping stopping, TrainingCheckpoints checkpoints) throws IOException {
        boolean saved = true;
        while (done < options.steps() && !stopping.isOver()) {
            var progress = step(run.listener());
            if (done % STEPS_BETWEEN_COLLECTIONS == 0) {
                // A step leaves tens of megabytes outside the heap, where nothing else asks for a collection.
                System.gc();
            }
            run.listener().stepDone(progress);
            if (run.heldOut().isPresent() && run.heldOut().get().isDue(done)) {
                var loss = graph.measure(run.heldOut().get().batches(), done);
                stopping.measured(loss, trained);
                run.listener().evaluated(loss);
            }
            if (checkpoints != null) {
                checkpoints.check();
                saved = checkpoints.isDue(done);
                if (saved) {
                    save(checkpoints, stopping, run.listener());
                }
            }
        }
        if (!saved) {
            save(checkpoints, stopping, run.listener());
        }
    }

    private void save(TrainingCheckpoints checkpoints, EarlyStopping stopping, TrainingListener listener)
            throws IOException {
        var arrays = new LinkedHashMap<>(optimizer.state());
        arrays.putAll(stopping.arrays());
        var state = new DistillationState(tokens, optimizer.steps(), source.place(), guard.state(), stopping.state());
        checkpoints.save(state.snapshot(done, arrays));
        listener.checkpointing(done);
    }

    private TrainingProgress step(TrainingListener listener) throws IOException {
        var place = source.place().toString();
        var batches = new ArrayList<TargetBatch>();
        for (int i = 0; i < options.accumulate(); i++) {
            batches.add(source.next());
        }
        int step = ++done;
        double rate = optimizer.learningRate();
        double scale = guard.scale();
        double weights = batches.stream().mapToDouble(DistillationGraph::weightSum).sum();
        double loss = 0;
        for (var batch : batches) {
            var result = graph.run(batch, scale, weights);
            loss += result.loss() / scale;
            sum.add(result, batches.size() == 1);
            tokens += batch.tokens().tokens();
        }
        double norm = Double.NaN;
        try {
            if (Double.isFinite(loss)) {
                norm = optimizer.step(trained.gradients(sum.take(1 / scale)));
                trained.update();
                guard.good();
            } else {
                listener.stepSkipped(guard.bad(step, place, loss, norm));
            }
        } catch (NonFiniteGradientException overflow) {
            norm = overflow.norm();
            listener.stepSkipped(guard.bad(step, place, loss, norm));
        }
        sum.end();
        return new TrainingProgress(step, options.steps(), tokens, loss, rate, norm);
    }

    /** The student's losses on rows of a teacher's targets, in batches of as many rows as in training or fewer. */
    public HeldOutLoss measure(List<TargetBatch> batches) {
        return graph.measure(batches, done);
    }
}
