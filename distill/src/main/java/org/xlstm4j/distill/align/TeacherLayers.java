package org.xlstm4j.distill.align;

import java.util.ArrayList;
import java.util.List;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.LayersGraph;
import org.xlstm4j.model.TokenBatch;

/** A teacher run layer by layer: what a layer computed can be let go of before the next one runs. */
final class TeacherLayers {
    private final List<LayersGraph> layers = new ArrayList<>();

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
        void visit(int layer, Activations activations);
    }

    /** One pass over the layers. */
    void forEach(TokenBatch batch, Visitor visitor) {
        LayersGraph.Stream stream = null;
        for (int layer = 0; layer < layers.size(); layer++) {
            var graph = layers.get(layer);
            boolean isLast = layer + 1 == layers.size();
            var wanted = new ArrayList<>(List.of(graph.mixed().get(0)));
            if (layer == 0) {
                wanted.add(graph.normed().get(0));
            }
            if (!isLast) {
                wanted.add(graph.out().sum());
                wanted.add(graph.out().normed());
            }
            var values = graph.output(batch, stream, wanted);
            var normed = layer == 0 ? values.get(graph.normed().get(0).name()) : stream.normed();
            stream = isLast ? null : new LayersGraph.Stream(values.get(graph.out().sum().name()),
                    values.get(graph.out().normed().name()));
            visitor.visit(layer, new Activations(normed, values.get(graph.mixed().get(0).name())));
        }
    }
}
