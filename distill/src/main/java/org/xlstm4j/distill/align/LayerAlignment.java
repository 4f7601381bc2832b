package org.xlstm4j.distill.align;

import java.util.Map;
import java.util.TreeMap;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.distill.train.AdamW;
import org.xlstm4j.distill.train.AdamWOptions;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.MixerGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.PlannedSession;

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
    private final int width;

    LayerAlignment(CausalLm student, int layer, int time, AdamWOptions options) {
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
        this.optimizer = new AdamW(options, trained);
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

    /** One training step on the teacher's activations; returns the loss before it. */
    double step(TokenBatch batch, INDArray normed, INDArray target) {
        var result = graph.run(feed(batch, normed, target));
        optimizer.step(result.gradients());
        graph.recycle(result);
        return result.loss();
    }

    /** The sum of squared errors over the batch's tokens. */
    double squaredError(TokenBatch batch, INDArray normed, INDArray target) {
        PlannedSession.use(mixer.sameDiff());
        return mixer.sameDiff().output(feed(batch, normed, target), squares.name()).get(squares.name()).getDouble(0);
    }

    private Map<String, INDArray> feed(TokenBatch batch, INDArray normed, INDArray target) {
        var feed = MixerGraph.feed(batch, normed);
        feed.put(TARGET, target);
        feed.put(TOKEN_WEIGHT, Nd4j.createFromArray(1f / (batch.countTokens() * width)));
        return feed;
    }
}
