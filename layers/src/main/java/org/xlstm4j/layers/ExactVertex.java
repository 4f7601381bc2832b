package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.samediff.SameDiffGraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/** What an {@link ExactSameDiffVertex} configuration becomes in a running graph. */
@SuppressWarnings("overrides")
final class ExactVertex extends SameDiffGraphVertex {
    private static final long serialVersionUID = 1L;

    private final transient GraphCache<LayerGraph> graphs = new GraphCache<>();

    ExactVertex(SameDiffVertex config, ComputationGraph graph, String name, int index, INDArray paramsView,
            boolean initializeParams, DataType dataType) {
        super(config, graph, name, index, paramsView, initializeParams, dataType);
    }

    @Override
    public INDArray doForward(boolean training, LayerWorkspaceMgr workspaceMgr) {
        chooseGraph();
        return super.doForward(training, workspaceMgr);
    }

    @Override
    public Pair<Gradient, INDArray[]> doBackward(boolean tbptt, LayerWorkspaceMgr workspaceMgr) {
        chooseGraph();
        if (!sameDiff.hasGradientFunction()) {
            // Its constants must outlive this iteration's workspaces.
            OutsideWorkspaces.run(() ->
                    sameDiff.createGradFunction(config.getVertexParams().getInputs().toArray(String[]::new)));
        }
        return super.doBackward(tbptt, workspaceMgr);
    }

    @Override
    protected void doInit() {
        super.doInit();
        fn = new UpstreamGradient(sameDiff, outputVar);
    }

    /** Makes the graph for the inputs' shapes the current one. */
    private void chooseGraph() {
        var graph = graphs.get(inputs);
        if (graph == null) {
            doInit();
            graph = new LayerGraph(sameDiff, outputVar, fn);
            graphs.put(graph, inputs);
        } else {
            sameDiff = graph.sameDiff();
            outputVar = graph.output();
            outputKey = graph.output().name();
            fn = graph.upstream();
        }
    }

    @Override
    public String toString() {
        return config.getClass().getSimpleName() + " " + getVertexName();
    }
}
