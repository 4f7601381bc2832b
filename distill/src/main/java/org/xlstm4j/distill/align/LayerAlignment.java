package org.xlstm4j.distill.align;

import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.train.AdamW;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.distill.train.StepGuard;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.MixerGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.PlannedSession;
import org.xlstm4j.ops.optimizer.NonFiniteGradientException;

/**
 * The alignment of one layer: its mixer's graph, the loss ‖h − ĥ‖² over the batch's tokens (arXiv 2603.15590, Eq. 12)
 * as a mean per element, and an optimiser of the mixer's own parameters.
 */
final class LayerAlignment {
    private static final String TARGET = "target";
    private static final String TOKEN_WEIGHT = "tokenWeight";

    private final MixerGraph mixer;
    private final SDVariable squares;
    private final LossGraph graph;
    private final AdamW optimizer;
    private final StepGuard guard;
    private final int layer;
    private final int width;

    LayerAlignment(CausalLm student, int layer, int time, AlignmentOptions options) {
        this.layer = layer;
        var config = student.config();
        this.width = config.heads() * config.headDim();
        this.mixer = MixerGraph.of(student, layer, time);
        var sd = mixer.sameDiff();
        var target = sd.placeHolder(TARGET, DataType.FLOAT, -1, width);
        var tokenWeight = sd.placeHolder(TOKEN_WEIGHT, DataType.FLOAT, 1);
        var counted = mixer.segments().gt(0.0).castTo(DataType.FLOAT).reshape(-1, 1);
        var error = mixer.mixed().sub(target);
        this.squares = error.mul(error).mul(counted).sum();
        var trained = trained(student, layer);
        this.graph = new LossGraph(squares.mul(tokenWeight.sum()), trained.keySet().stream().toList());
        this.optimizer = new AdamW(options.optimizer(), trained);
        this.guard = new StepGuard(options.badSteps(), DataType.FLOAT);
    }

    private static Map<String, INDArray> trained(CausalLm student, int layer) {
        var trained = new TreeMap<String, INDArray>();
        var prefix = ParameterNames.layer(layer).prefix();
        student.parameters().forEach((name, array) -> {
            if (name.startsWith(prefix) && ParameterNames.isMixer(name)) {
                trained.put(name, array);
            }
        });
        return trained;
    }

    /**
     * What a step yields.
     *
     * @param loss    before it
     * @param skipped why it was passed over; null where it was not
     */
    record Step(double loss, SkippedStep skipped) {
    }

    /** One training step on the teacher's activations. */
    Step step(int number, TokenBatch batch, TeacherLayers.Activations activations) {
        var result = graph.run(feed(batch, activations));
        SkippedStep skipped = null;
        double norm = Double.NaN;
        try {
            if (Double.isFinite(result.loss())) {
                optimizer.step(result.gradients());
                guard.good();
            } else {
                skipped = guard.bad(number, "layer " + layer, result.loss(), norm);
            }
        } catch (NonFiniteGradientException failure) {
            skipped = guard.bad(number, "layer " + layer, result.loss(), failure.norm());
        }
        graph.recycle(result);
        return new Step(result.loss(), skipped);
    }

    /** Weights and optimiser, the arrays themselves. */
    Map<String, INDArray> arrays() {
        return optimizer.state();
    }

    AlignmentState.Layer state() {
        return new AlignmentState.Layer(optimizer.steps(), guard.state());
    }

    void restore(AlignmentState.Layer state, Map<String, INDArray> arrays) {
        optimizer.restore(state.optimizerSteps(), arrays);
        guard.restore(state.guard());
    }

    /** The sum of squared errors over the batch's tokens. */
    double squaredError(TokenBatch batch, TeacherLayers.Activations activations) {
        PlannedSession.use(mixer.sameDiff());
        return mixer.sameDiff().output(feed(batch, activations), squares.name()).get(squares.name()).getDouble(0);
    }

    private Map<String, INDArray> feed(TokenBatch batch, TeacherLayers.Activations activations) {
        var feed = MixerGraph.feed(batch, activations.normed());
        feed.put(TARGET, activations.target());
        feed.put(TOKEN_WEIGHT, Nd4j.createFromArray(1f / (batch.countTokens() * width)));
        return feed;
    }
}
