package org.xlstm4j.layers;

import org.deeplearning4j.nn.conf.layers.samediff.SameDiffVertex;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.layers.samediff.SameDiffGraphVertex;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.memory.MemoryWorkspace;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What an {@link ExactSameDiffVertex} configuration becomes in a running graph. */
final class ExactVertex extends SameDiffGraphVertex {
    private static final long serialVersionUID = 1L;

    private final transient GraphCache graphs = new GraphCache();

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
            try (MemoryWorkspace ignored = Nd4j.getWorkspaceManager().scopeOutOfWorkspaces()) {
                sameDiff.createGradFunction(config.getVertexParams().getInputs().toArray(String[]::new));
            }
        }
        setEpsilon(ExactLayer.exact(getEpsilon(), workspaceMgr));
        return super.doBackward(tbptt, workspaceMgr);
    }

    private void chooseGraph() {
        INDArray[] in = getInputs();
        var known = graphs.get(in);
        if (known == null) {
            doInit();
            graphs.put(new GraphCache.Graph(sameDiff, outputVar, fn), in);
        } else {
            sameDiff = known.sameDiff();
            outputVar = known.output();
            outputKey = known.output().name();
            fn = known.errors();
        }
    }

    @Override
    public String toString() {
        return config.getClass().getSimpleName() + " " + getVertexName();
    }
}
