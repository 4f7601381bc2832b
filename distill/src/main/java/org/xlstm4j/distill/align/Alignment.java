package org.xlstm4j.distill.align;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.data.BatchStream;
import org.xlstm4j.distill.data.DataCursor;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.distill.resume.RunSettings;
import org.xlstm4j.distill.resume.TrainingCheckpoints;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.JavaOp;

/**
 * Stage I, layer-wise alignment (arXiv 2603.15590, §3.2): for every batch one teacher pass, layer by layer, and one
 * step of each layer's mixer on that layer's teacher input and attention output. Layers do not depend on each other:
 * they train side by side, as many as there are threads, and no more layers' activations are held. Only the mixers' own
 * parameters change. Training that is saved goes on exactly.
 */
public final class Alignment {
    private final CausalLm teacher;
    private final CausalLm student;
    private final int time;
    private final TeacherLayers teacherLayers;
    private final int threads;
    private final LayerRange range;

    /**
     * @param teacher the model to imitate
     * @param student converted from it; its mixers are trained in place
     * @param time    tokens a row of the batches to come
     */
    public Alignment(CausalLm teacher, CausalLm student, int time) {
        this(teacher, student, time, defaultThreads(teacher.config().layers()));
    }

    /**
     * The same on {@code threads} threads, which decide time and memory, never the result.
     */
    public Alignment(CausalLm teacher, CausalLm student, int time, int threads) {
        this(teacher, student, time, threads, new LayerRange(0, teacher.config().layers()));
    }

    /**
     * The same of some layers alone, of which each trains as it would among all; losses and errors are told of these.
     * The teacher runs no further than to their last one.
     */
    public Alignment(CausalLm teacher, CausalLm student, int time, int threads, LayerRange layers) {
        requireConverted(student.config(), teacher.config());
        this.teacher = teacher;
        this.student = student;
        this.time = time;
        if (threads < 1) {
            throw new IllegalArgumentException("layers need at least 1 thread to train on, not " + threads);
        }
        this.threads = threads;
        this.range = layers.requireOf(teacher.config().layers());
        this.teacherLayers = new TeacherLayers(teacher, range.end(), time);
    }

    /** A GPU takes one kernel after the other: threads would only add to its memory. */
    private static int defaultThreads(int layers) {
        return JavaOp.isOnCpu() ? Math.min(layers, Runtime.getRuntime().availableProcessors()) : 1;
    }

    private static void requireConverted(ModelConfig student, ModelConfig teacher) {
        if (!student.isStudent()) {
            throw new IllegalArgumentException("the student has no hybrid mixer: convert its teacher first");
        }
        var expected = settings(student.teacher());
        var differences = new ArrayList<String>();
        settings(teacher).forEach((name, value) -> {
            if (!value.equals(expected.get(name))) {
                differences.add(name + " " + expected.get(name) + " against " + value);
            }
        });
        if (!differences.isEmpty()) {
            throw new IllegalArgumentException(
                    "the student was not converted from this teacher: " + String.join(", ", differences));
        }
    }

    private static Map<String, Object> settings(ModelConfig config) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("family", config.family());
        settings.put("vocabSize", config.vocabSize());
        settings.put("hiddenSize", config.hiddenSize());
        settings.put("intermediateSize", config.intermediateSize());
        settings.put("layers", config.layers());
        settings.put("heads", config.heads());
        settings.put("keyValueHeads", config.keyValueHeads());
        settings.put("headDim", config.headDim());
        settings.put("maxPositions", config.maxPositions());
        settings.put("normEps", config.normEps());
        settings.put("rope", config.rope());
        settings.put("tiedHead", config.tiedHead());
        settings.put("traits", config.traits());
        settings.put("sliding", config.sliding());
        settings.put("hybrid", config.hybrid());
        return settings;
    }

    /**
     * Trains on {@code options.steps()} batches.
     *
     * @param batches  as many batches as steps, or more
     * @param listener told after every step
     * @throws org.xlstm4j.distill.train.TrainingDivergedException if too many steps of a layer in a row are not finite
     */
    public void train(AlignmentOptions options, Iterator<PackedBatch> batches, Consumer<AlignmentProgress> listener) {
        try (var training = new Training(options, AlignmentListener.ofSteps(listener))) {
            while (training.done < options.steps()) {
                training.step(batches);
            }
        }
    }

    /**
     * Trains on the first {@code options.steps()} batches of a stream, without saving.
     *
     * @param open opens the data at a place
     */
    public void train(AlignmentOptions options, Function<DataCursor, BatchStream> open, AlignmentListener listener) {
        try (var training = new Training(options, listener); var batches = open.apply(DataCursor.START)) {
            while (training.done < options.steps()) {
                training.step(batches);
            }
        }
    }

    /**
     * Trains on the first {@code options.steps()} batches of a stream, or on from the last checkpoint for what is left
     * of them.
     *
     * @param open opens the data at a place
     * @throws org.xlstm4j.distill.resume.ResumeException if training cannot be saved or gone on with
     */
    public void train(AlignmentOptions options, Function<DataCursor, BatchStream> open, AlignmentListener listener,
                      CheckpointOptions saving) throws IOException {
        var start = open.apply(DataCursor.START);
        RunSettings settings;
        try (start) {
            settings = settings(options, start.cursor());
        }
        try (var training = new Training(options, listener);
                var checkpoints = TrainingCheckpoints.open(saving, settings);
                var batches = open.apply(training.goOnFrom(checkpoints))) {
            boolean saved = true;
            while (training.done < options.steps()) {
                training.step(batches);
                checkpoints.check();
                saved = checkpoints.isDue(training.done);
                if (saved) {
                    training.save(checkpoints, batches.cursor());
                }
            }
            if (!saved) {
                training.save(checkpoints, batches.cursor());
            }
        }
    }

    private RunSettings settings(AlignmentOptions options, DataCursor data) throws IOException {
        var fixed = new TreeMap<>(student.parameters());
        fixed.keySet().removeIf(ParameterNames::isMixer);
        var settings = new TreeMap<>(Map.of("stage", "alignment", "student", student.config().toString(),
                "teacher's weights", RunSettings.checksum(new TreeMap<>(teacher.parameters())),
                "fixed weights", RunSettings.checksum(fixed), "time", Integer.toString(time), "data", data.data(),
                "bad steps", Integer.toString(options.badSteps())));
        settings.putAll(options.optimizer().settings());
        settings.put("layers", range.toString());
        return new RunSettings(settings);
    }

    /** A training under way. */
    private final class Training implements AutoCloseable {
        private final AlignmentOptions options;
        private final AlignmentListener listener;
        private final List<LayerAlignment> layers;
        private final LayerWorkers<LayerAlignment.Step> workers = new LayerWorkers<>(threads);
        private int done;
        private long tokens;

        Training(AlignmentOptions options, AlignmentListener listener) {
            this.options = options;
            this.listener = listener;
            this.layers = layers(options);
        }

        void step(Iterator<PackedBatch> batches) {
            if (!batches.hasNext()) {
                throw new IllegalArgumentException("data for " + done + " of " + options.steps() + " steps only");
            }
            var batch = tokens(batches.next());
            int step = done + 1;
            List<LayerAlignment.Step> steps;
            try {
                forEachLayer(batch, (index, activations, finished) -> workers.submit(() -> {
                    try {
                        return layers.get(index).step(step, batch, activations);
                    } finally {
                        finished.run();
                    }
                }));
            } finally {
                // Also where the teacher fails: nobody may be at work on a student that is given back.
                steps = workers.results();
            }
            done = step;
            tokens += batch.countTokens();
            for (int index = 0; index < steps.size(); index++) {
                if (steps.get(index).skipped() != null) {
                    listener.stepSkipped(range.first() + index, steps.get(index).skipped());
                }
            }
            listener.stepDone(new AlignmentProgress(step, options.steps(), tokens,
                    steps.stream().map(LayerAlignment.Step::loss).toList()));
        }

        /** Where the data go on. */
        DataCursor goOnFrom(TrainingCheckpoints checkpoints) throws IOException {
            var latest = checkpoints.latest();
            if (latest.isEmpty()) {
                return DataCursor.START;
            }
            var state = AlignmentState.of(latest.get().state());
            for (int layer = 0; layer < layers.size(); layer++) {
                layers.get(layer).restore(state.layers().get(layer), latest.get().arrays());
            }
            done = latest.get().step();
            tokens = state.tokens();
            listener.resumed(done);
            return state.place();
        }

        void save(TrainingCheckpoints checkpoints, DataCursor place) throws IOException {
            var arrays = new LinkedHashMap<String, INDArray>();
            layers.forEach(layer -> arrays.putAll(layer.arrays()));
            var state = new AlignmentState(tokens, place, layers.stream().map(LayerAlignment::state).toList());
            checkpoints.save(state.snapshot(done, arrays));
            listener.checkpointing(done);
        }

        @Override
        public void close() {
            workers.close();
        }
    }

    /**
     * How far each layer's mixer is from the teacher: Σ‖h − ĥ‖² / Σ‖h‖² over the batches, fed with the teacher's
     * hidden states.
     */
    public List<Double> relativeErrors(Iterable<PackedBatch> batches) {
        var layers = layers(AlignmentOptions.of(1, 1e-3));
        var errors = new double[layers.size()];
        var norms = new double[layers.size()];
        for (var packed : batches) {
            var batch = tokens(packed);
            forEachLayer(batch, (index, activations, finished) -> {
                errors[index] += layers.get(index).squaredError(batch, activations);
                norms[index] += squares(activations.target(), batch);
                finished.run();
            });
        }
        return Stream.iterate(0, index -> index + 1).limit(layers.size())
                .map(index -> errors[index] / norms[index]).toList();
    }

    /** One pass of the teacher, where the visitor is told of the layers that train, counted from the first of them. */
    private void forEachLayer(TokenBatch batch, TeacherLayers.Visitor visitor) {
        teacherLayers.forEach(batch, (layer, activations, finished) -> {
            if (layer >= range.first()) {
                visitor.visit(layer - range.first(), activations, finished);
            } else {
                finished.run();
            }
        });
    }

    private List<LayerAlignment> layers(AlignmentOptions options) {
        var layers = new ArrayList<LayerAlignment>();
        for (int layer = range.first(); layer < range.end(); layer++) {
            layers.add(new LayerAlignment(student, layer, time, options));
        }
        return layers;
    }

    private TokenBatch tokens(PackedBatch packed) {
        if (packed.time() != time) {
            throw new IllegalArgumentException("a batch of " + packed.time() + " tokens a row instead of " + time);
        }
        return packed.tokenBatch();
    }

    private static double squares(INDArray target, TokenBatch batch) {
        int width = (int) target.size(1);
        var values = target.dup('c').data().asFloat();
        double sum = 0;
        for (int token = 0; token < batch.segments().length; token++) {
            if (batch.segments()[token] > 0) {
                for (int i = token * width; i < (token + 1) * width; i++) {
                    sum += (double) values[i] * values[i];
                }
            }
        }
        return sum;
    }
}
