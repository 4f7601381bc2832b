package org.xlstm4j.layers;

import java.util.Map;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.regularization.Regularization;

/** What an {@link ExactSameDiffLayer} configuration becomes in a running net. */
final class ExactLayer extends SameDiffLayer {
    private static final long serialVersionUID = 1L;

    private final transient GraphCache<LayerGraph> graphs = new GraphCache<>();

    ExactLayer(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        chooseGraph();
        return super.activate(training, workspaceMgr);
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        chooseGraph();
        return super.backpropGradient(epsilon, workspaceMgr);
    }

    @Override
    protected void doInit() {
        super.doInit();
        fn = new UpstreamGradient(sameDiff, outputVar);
    }

    /** Makes the graph for the input's shape the current one. */
    private void chooseGraph() {
        var graph = graphs.get(input);
        if (graph == null) {
            doInit();
            graph = new LayerGraph(sameDiff, outputVar, fn);
            graphs.put(graph, input);
        } else {
            sameDiff = graph.sameDiff();
            outputVar = graph.output();
            outputKey = graph.output().name();
            fn = graph.upstream();
        }
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int minibatchSize) {
        return super.feedForwardMaskArray(inDataType(mask), state, minibatchSize);
    }

    @Override
    public void setMaskArray(INDArray mask) {
        super.setMaskArray(inDataType(mask));
    }

    private INDArray inDataType(INDArray mask) {
        if (mask == null || mask.dataType() == dataType) {
            return mask;
        }
        // The mask outlives the workspace that is open now: the backward pass reads it again.
        return OutsideWorkspaces.get(() -> mask.castTo(dataType));
    }

    @Override
    public void setParam(String key, INDArray value) {
        super.setParam(key, value);
        getParam(key).assign(value);
    }

    @Override
    public double calcRegularizationScore(boolean backpropParamsOnly) {
        double score = 0;
        for (Map.Entry<String, INDArray> parameter : paramTable(backpropParamsOnly).entrySet()) {
            var terms = layerConf().getRegularizationByParam(parameter.getKey());
            if (terms != null) {
                for (Regularization term : terms) {
                    score += term.score(parameter.getValue(), getIterationCount(), getEpochCount());
                }
            }
        }
        return score;
    }
}
