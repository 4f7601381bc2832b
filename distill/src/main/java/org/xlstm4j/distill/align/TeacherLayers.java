package org.xlstm4j.distill.align;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LayersGraph;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.graph.SessionMemory;

/** A teacher run layer by layer: what a layer computed can be let go of before the next one runs. */
final class TeacherLayers {
    private final List<LayersGraph> layers = new ArrayList<>();
    private final SessionMemory memory = new SessionMemory();
    private final Queue<Runnable> done = new ConcurrentLinkedQueue<>();

    /** The layers before {@code end}. */
    TeacherLayers(CausalLm teacher, int end, int time) {
        for (int layer = 0; layer < end; layer++) {
            layers.add(LayersGraph.of(teacher, layer, layer + 1, time, name -> false));
        }
    }

    /**
     * What a layer's mixer reads and what the teacher's attention makes of it.
     *
     * @param normed [batch · time, hiddenSize]
     * @param target [batch · time, heads · headDim]
     */
    record Activations(INDArray normed, INDArray target) {
    }

    /** Told of a layer's activations. */
    interface Visitor {
        /** @param done to be run, on any thread, when the activations are not needed any more */
        void visit(int layer, Activations activations, Runnable done);
    }

    /** One pass over the layers. */
    void forEach(TokenBatch batch, Visitor visitor) {
        LayersGraph.Stream stream = null;
        for (int layer = 0; layer < layers.size(); layer++) {
            takeBack();
            int index = layer;
            var graph = layers.get(layer);
            var values = graph.output(batch, stream, wanted(layer), memory);
            var normed = layer == 0 ? values.get(graph.normed().get(0).name()) : stream.normed();
            var target = values.get(graph.mixed().get(0).name());
            // Where nothing is normed before a mixer, both are one array, which the visitor has still to be done with.
            if (layer > 0 && stream.sum() != stream.normed()) {
                layers.get(layer - 1).recycle(Map.of(layers.get(layer - 1).out().sum().name(), stream.sum()));
            }
            stream = layer + 1 == layers.size() ? null : new LayersGraph.Stream(
                    values.get(graph.out().sum().name()), values.get(graph.out().normed().name()));
            visitor.visit(layer, new Activations(normed, target),
                    () -> done.add(() -> takeBack(index, normed, target)));
        }
    }

    private List<SDVariable> wanted(int layer) {
        var graph = layers.get(layer);
        var wanted = new ArrayList<>(List.of(graph.mixed().get(0)));
        if (layer == 0) {
            wanted.add(graph.normed().get(0));
        }
        if (layer + 1 < layers.size()) {
            wanted.add(graph.out().sum());
            wanted.add(graph.out().normed());
        }
        return wanted;
    }

    /** Takes back, on the thread of the passes, what others are done with. */
    private void takeBack() {
        for (var work = done.poll(); work != null; work = done.poll()) {
            work.run();
        }
    }

    private void takeBack(int layer, INDArray normed, INDArray target) {
        layers.get(layer).recycle(Map.of(layers.get(layer).mixed().get(0).name(), target));
        if (layer == 0) {
            layers.get(0).recycle(Map.of(layers.get(0).normed().get(0).name(), normed));
        } else {
            layers.get(layer - 1).recycle(Map.of(layers.get(layer - 1).out().normed().name(), normed));
        }
    }
}
