package org.xlstm4j.distill.align;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.TokenBatch;

/**
 * Stage I, layer-wise alignment (arXiv 2603.15590, §3.2): for every batch one teacher pass, then one step of each
 * layer's mixer on that layer's teacher input and attention output. Layers do not depend on each other; only the
 * mixers' own parameters change.
 */
public final class Alignment {
    private final CausalLm teacher;
    private final CausalLm student;
    private final int time;
    private final LmGraph teacherGraph;

    /**
     * @param teacher the model to imitate
     * @param student converted from it; its mixers are trained in place
     * @param time    tokens a row of the batches to come
     */
    public Alignment(CausalLm teacher, CausalLm student, int time) {
        requireConverted(student.config(), teacher.config());
        this.teacher = teacher;
        this.student = student;
        this.time = time;
        this.teacherGraph = LmGraph.of(teacher, time, name -> false);
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
     */
    public void train(AlignmentOptions options, Iterator<PackedBatch> batches, Consumer<AlignmentProgress> listener) {
        var layers = layers(options);
        long tokens = 0;
        for (int step = 1; step <= options.steps(); step++) {
            if (!batches.hasNext()) {
                throw new IllegalArgumentException("data for " + (step - 1) + " of " + options.steps() + " steps only");
            }
            var batch = tokens(batches.next());
            var activations = activations(batch);
            var losses = new ArrayList<Double>();
            for (int layer = 0; layer < layers.size(); layer++) {
                losses.add(layers.get(layer).step(batch, normed(activations, layer), target(activations, layer)));
            }
            tokens += batch.countTokens();
            listener.accept(new AlignmentProgress(step, options.steps(), tokens, List.copyOf(losses)));
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
            var activations = activations(batch);
            for (int layer = 0; layer < layers.size(); layer++) {
                var target = target(activations, layer);
                errors[layer] += layers.get(layer).squaredError(batch, normed(activations, layer), target);
                norms[layer] += squares(target, batch);
            }
        }
        return Stream.iterate(0, layer -> layer + 1).limit(layers.size())
                .map(layer -> errors[layer] / norms[layer]).toList();
    }

    private List<LayerAlignment> layers(AlignmentOptions options) {
        var layers = new ArrayList<LayerAlignment>();
        for (int layer = 0; layer < teacher.config().layers(); layer++) {
            layers.add(new LayerAlignment(student, layer, time, options.optimizer()));
        }
        return layers;
    }

    private TokenBatch tokens(PackedBatch packed) {
        if (packed.time() != time) {
            throw new IllegalArgumentException("a batch of " + packed.time() + " tokens a row instead of " + time);
        }
        return packed.tokenBatch();
    }

    private Map<String, INDArray> activations(TokenBatch batch) {
        var wanted = Stream.concat(teacherGraph.normed().stream(), teacherGraph.mixed().stream()).toList();
        return teacherGraph.output(batch, wanted);
    }

    private INDArray normed(Map<String, INDArray> activations, int layer) {
        return activations.get(teacherGraph.normed().get(layer).name());
    }

    private INDArray target(Map<String, INDArray> activations, int layer) {
        return activations.get(teacherGraph.mixed().get(layer).name());
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
