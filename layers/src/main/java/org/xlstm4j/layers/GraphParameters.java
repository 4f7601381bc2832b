package org.xlstm4j.layers;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.api.ParamInitializer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.nd4j.common.util.ArrayUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.indexing.NDArrayIndex;

/** Where the parameters of a {@link RecurrentSameDiffLayer} lie in the net's: weights, then biases, in c order. */
final class GraphParameters implements ParamInitializer {
    static final GraphParameters INSTANCE = new GraphParameters();

    private GraphParameters() {}

    private static SDLayerParams of(Layer layer) {
        return ((RecurrentSameDiffLayer) layer).getLayerParams();
    }

    @Override
    public long numParams(NeuralNetConfiguration conf) {
        return numParams(conf.getLayer());
    }

    @Override
    public long numParams(Layer layer) {
        return of(layer).getParamShapes().values().stream().mapToLong(ArrayUtil::prodLong).sum();
    }

    @Override
    public List<String> paramKeys(Layer layer) {
        return of(layer).getParameterKeys();
    }

    @Override
    public List<String> weightKeys(Layer layer) {
        return of(layer).getWeightParameterKeys();
    }

    @Override
    public List<String> biasKeys(Layer layer) {
        return of(layer).getBiasParameterKeys();
    }

    @Override
    public boolean isWeightParam(Layer layer, String key) {
        return of(layer).isWeightParam(key);
    }

    @Override
    public boolean isBiasParam(Layer layer, String key) {
        return of(layer).isBiasParam(key);
    }

    @Override
    public Map<String, INDArray> init(NeuralNetConfiguration conf, INDArray paramsView, boolean initializeParams) {
        var layer = (RecurrentSameDiffLayer) conf.getLayer();
        var parameters = views(layer, paramsView);
        if (initializeParams) {
            layer.initializeParameters(parameters);
        }
        parameters.keySet().forEach(conf::addVariable);
        return parameters;
    }

    @Override
    public Map<String, INDArray> getGradientsFromFlattened(NeuralNetConfiguration conf, INDArray gradientView) {
        return views((RecurrentSameDiffLayer) conf.getLayer(), gradientView);
    }

    private static Map<String, INDArray> views(RecurrentSameDiffLayer layer, INDArray flat) {
        var views = new LinkedHashMap<String, INDArray>();
        var row = flat.reshape(flat.length());
        long from = 0;
        var shapes = layer.getLayerParams().getParamShapes();
        for (String name : layer.getLayerParams().getParameterKeys()) {
            var shape = shapes.get(name);
            long length = ArrayUtil.prodLong(shape);
            if (length <= 0) {
                throw new IllegalStateException(layer + " has a parameter \"" + name + "\" of "
                        + Arrays.toString(shape));
            }
            views.put(name, row.get(NDArrayIndex.interval(from, from + length)).reshape('c', shape));
            from += length;
        }
        return views;
    }
}
