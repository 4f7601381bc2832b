package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.norm.RmsNorm;

/** Operators written in Java inside DL4J nets, whose workspaces they must survive. */
class JavaOpInLayersTest {
    private static final int WIDTH = 4;
    private static final int TIME = 5;
    private static final int STEPS = 6;

    /** RMSNorm, then a product and tanh at every step. */
    public static class NormedTanh extends StepwiseTanh {
        public NormedTanh(long width) {
            super(width);
        }

        public NormedTanh() {}

        @Override
        public void defineParameters(SDLayerParams params) {
            super.defineParameters(params);
            params.addBiasParam("g", getWidth());
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            super.initializeParameters(params);
            params.get("g").assign(1);
        }

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable input, Map<String, SDVariable> parameters,
                SDVariable mask) {
            var rows = input.permute(0, 2, 1).reshape(-1, getWidth());
            var normed = RmsNorm.apply(rows, parameters.get("g"), 1e-6);
            assertThat(sd.getVariableOutputOp(normed.name()) instanceof JavaOp)
                    .isEqualTo(Form.wanted() == Form.CPU);
            return sd.math.tanh(normed.mmul(parameters.get("W"))).reshape(-1, TIME, getWidth()).permute(0, 2, 1);
        }
    }

    private final List<DataSet> batches = IntStream.range(0, STEPS).mapToObj(step -> new DataSet(
            Nets.input(DataType.FLOAT, 2, WIDTH, TIME, step), Nets.labels(DataType.FLOAT, 2, TIME))).toList();

    private INDArray trainedNetwork() {
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.01), WIDTH,
                new NormedTanh(WIDTH), new NormedTanh(WIDTH));
        batches.forEach(net::fit);
        return net.params();
    }

    private INDArray trainedGraph() {
        var graph = Nets.graph(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.01), WIDTH,
                new NormedTanh(WIDTH), new NormedTanh(WIDTH));
        batches.forEach(graph::fit);
        return graph.params();
    }

    @Test
    void networkTrainsAsWithStockOps() {
        assertTrainsAsWithStockOps(this::trainedNetwork);
    }

    @Test
    void graphTrainsAsWithStockOps() {
        assertTrainsAsWithStockOps(this::trainedGraph);
    }

    private static void assertTrainsAsWithStockOps(Supplier<INDArray> trained) {
        var expected = Form.with(Form.COMPOSED, trained);
        assertThat(Nets.difference(Form.with(Form.CPU, trained), expected)).isLessThan(1e-4);
    }
}
