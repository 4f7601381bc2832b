package org.xlstm4j.modelimport;

import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.layers.WindowedLayer;

/**
 * A layer of a DL4J net that can stand for a layer of a model.
 *
 * @param where         how messages call it
 * @param configuration its settings
 * @param parameters    its parameters by name, the net's own arrays
 */
record NetLayer(String where, WindowedLayer configuration, Map<String, INDArray> parameters) {

    static NetLayer of(MultiLayerNetwork network, int number) throws InvalidLayerException {
        if (!network.isInitCalled()) {
            throw new InvalidLayerException("the network has no parameters yet: call init() first");
        }
        if (number < 0 || number >= network.getnLayers()) {
            throw new InvalidLayerException("the network has no layer " + number + ", its layers are 0 to "
                    + (network.getnLayers() - 1));
        }
        return of("layer " + number + " of the network", network.getLayer(number));
    }

    static NetLayer of(ComputationGraph graph, String vertex) throws InvalidLayerException {
        if (graph.getVertices() == null) {
            throw new InvalidLayerException("the graph has no parameters yet: call init() first");
        }
        var found = graph.getVertex(vertex);
        if (found == null || !found.hasLayer()) {
            throw new InvalidLayerException("the graph has no layer '" + vertex + "', its vertices are "
                    + graph.getConfiguration().getVertices().keySet());
        }
        return of("layer '" + vertex + "' of the graph", found.getLayer());
    }

    private static NetLayer of(String where, Layer layer) throws InvalidLayerException {
        if (!(layer.conf().getLayer() instanceof WindowedLayer configuration)) {
            throw new InvalidLayerException(where + " is a " + layer.conf().getLayer().getClass().getSimpleName()
                    + ", which cannot stand for a layer of a model; take TeacherImport.importLayerConfiguration's");
        }
        var parameters = layer.paramTable();
        for (var parameter : parameters.values()) {
            if (parameter.dataType() != DataType.FLOAT && parameter.dataType() != DataType.DOUBLE) {
                throw new InvalidLayerException(where + " has parameters of " + parameter.dataType()
                        + ", which would round the model's; give the net the data type FLOAT");
            }
        }
        return new NetLayer(where, configuration, parameters);
    }
}
