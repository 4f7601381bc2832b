package org.xlstm4j.distill.train;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LayersGraph;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.SessionMemory;

/**
 * Some layers of a student that are computed anew for their gradients. What comes back through them is that of
 * Σ out · upstream, with the upstream gradient for a placeholder.
 */
final class Segment implements AutoCloseable {
    private static final String UPSTREAM_SUM = "upstreamSum";
    private static final String UPSTREAM_NORMED = "upstreamNormed";

    private final SessionMemory memory;
    private final LayersGraph layers;
    private final boolean isLast;
    private final LossGraph graph;

    /**
     * @param differentiated parameters that gradients are needed of
     * @param passesOn       whether layers before these need gradients
     * @param memory         what segments share
     */
    Segment(CausalLm student, int from, int to, int time, DataType activations, List<String> differentiated,
            boolean passesOn, SessionMemory memory) {
        this.memory = memory;
        this.layers = LayersGraph.of(student, from, to, time, differentiated::contains, activations);
        this.isLast = to == student.config().layers();
        var wanted = new ArrayList<>(differentiated.stream()
                .filter(name -> layers.sameDiff().hasVariable(name)).toList());
        if (passesOn) {
            wanted.addAll(List.of(LayersGraph.SUM, LayersGraph.NORMED));
        }
        this.graph = wanted.isEmpty() ? null
                : new LossGraph(memory, upstream(student.config().hiddenSize(), activations), wanted);
    }

    private SDVariable upstream(int width, DataType activations) {
        var sd = layers.sameDiff();
        var normed = layers.out().normed().mul(sd.placeHolder(UPSTREAM_NORMED, activations, -1, width)).sum();
        return isLast ? normed
                : normed.add(layers.out().sum().mul(sd.placeHolder(UPSTREAM_SUM, activations, -1, width)).sum());
    }

    /** Whether anything here or before it has gradients. */
    boolean hasGradients() {
        return graph != null;
    }

    /** What leaves the layers, and nothing else kept. */
    LayersGraph.Stream forward(TokenBatch batch, LayersGraph.Stream before) {
        var wanted = isLast ? List.of(layers.out().normed()) : List.of(layers.out().sum(), layers.out().normed());
        var values = layers.output(batch, before, wanted, memory);
        return new LayersGraph.Stream(isLast ? null : values.get(layers.out().sum().name()),
                values.get(layers.out().normed().name()));
    }

    /** Gradients, of the parameters and, where layers before these need them, of what entered. */
    LossGraph.Result backward(TokenBatch batch, LayersGraph.Stream before, LayersGraph.Stream upstream) {
        var feed = new HashMap<>(layers.feed(batch, before));
        feed.put(UPSTREAM_NORMED, upstream.normed());
        if (!isLast) {
            feed.put(UPSTREAM_SUM, upstream.sum());
        }
        return graph.run(feed);
    }

    /** Takes back what left the layers. */
    void recycle(LayersGraph.Stream out) {
        var outputs = new HashMap<>(Map.of(layers.out().normed().name(), out.normed()));
        if (!isLast) {
            outputs.put(layers.out().sum().name(), out.sum());
        }
        layers.recycle(outputs);
    }

    /** The gradient of what entered, among those of a result. */
    static LayersGraph.Stream entered(Map<String, INDArray> gradients) {
        return new LayersGraph.Stream(gradients.get(LayersGraph.SUM), gradients.get(LayersGraph.NORMED));
    }

    /** Takes back the gradients of parameters, or that of what entered. */
    void recycle(LossGraph.Result result, boolean ofParameters) {
        graph.recycle(result, name -> ofParameters != List.of(LayersGraph.SUM, LayersGraph.NORMED).contains(name));
    }

    @Override
    public void close() {
        if (graph != null) {
            graph.close();
        }
    }
}
