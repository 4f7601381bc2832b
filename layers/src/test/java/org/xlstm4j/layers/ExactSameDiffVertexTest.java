package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.graph.GraphVertex;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.samediff.SDVertexParams;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.weights.WeightInit;
import org.deeplearning4j.nn.weights.WeightInitUtil;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;

class ExactSameDiffVertexTest {
    private static final int WIDTH = 4;
    private static final int BATCH = 2;
    private static final int TIME = 5;

    /** left · σ(right · W + 0.5): two inputs, a parameter and a scalar operation. */
    public static class Gate extends ExactSameDiffVertex {
        private long width;

        public Gate() {}

        public Gate(long width) {
            this.width = width;
        }

        public long getWidth() {
            return width;
        }

        public void setWidth(long width) {
            this.width = width;
        }

        @Override
        public void defineParametersAndInputs(SDVertexParams params) {
            params.defineInputs("left", "right");
            params.addWeightParam("W", width, width);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            WeightInitUtil.initWeights(width, width, new long[] {width, width}, WeightInit.XAVIER, null, 'c',
                    params.get("W"));
        }

        @Override
        public SDVariable defineVertex(SameDiff sd, Map<String, SDVariable> inputs, Map<String, SDVariable> parameters,
                Map<String, SDVariable> masks) {
            var right = inputs.get("right");
            long time = right.getShape()[2];
            var rows = right.permute(0, 2, 1).reshape(-1, width).mmul(parameters.get("W")).add(0.5);
            return inputs.get("left").mul(sd.nn.sigmoid(rows).reshape(-1, time, width).permute(0, 2, 1));
        }

        @Override
        public InputType getOutputType(int layerIndex, InputType... inputs) {
            return inputs[0];
        }

        @Override
        public GraphVertex clone() {
            var copy = new Gate(width);
            copy.setRegularization(getRegularization());
            copy.setUpdater(getUpdater());
            copy.setDataType(getDataType());
            return copy;
        }
    }

    private static ComputationGraph graph(DataType dataType, WorkspaceMode workspaces, IUpdater updater) {
        var graph = new ComputationGraph(Nets.settings(dataType, workspaces, updater).graphBuilder().addInputs("in")
                .addLayer("left", new StepwiseTanh(WIDTH), "in")
                .addVertex("gate", new Gate(WIDTH), "left", "in")
                .addVertex("again", new Gate(WIDTH), "gate", "left")
                .addLayer("out", Nets.output(), "again").setOutputs("out")
                .setInputTypes(InputType.recurrent(WIDTH)).build());
        graph.init();
        return graph;
    }

    private static INDArray input(DataType dataType, int time, long seed) {
        return Nets.input(dataType, BATCH, WIDTH, time, seed);
    }

    @Test
    void gradientIsExact() {
        Nets.assertExactGradients(graph(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp()), null,
                input(DataType.DOUBLE, TIME, 1));
    }

    @Test
    void gradientIsExactUnderMask() {
        Nets.assertExactGradients(graph(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp()),
                Nets.mask(DataType.DOUBLE, TIME, 3, TIME), input(DataType.DOUBLE, TIME, 1));
    }

    @Test
    void workspacesChangeNothingInAnyIterationOrLength() {
        var with = graph(DataType.FLOAT, WorkspaceMode.ENABLED, new Sgd(0.1));
        var without = graph(DataType.FLOAT, WorkspaceMode.NONE, new Sgd(0.1));
        for (int iteration = 0; iteration < 5; iteration++) {
            int time = iteration % 2 == 0 ? TIME : TIME + 2;
            var input = new INDArray[] {input(DataType.FLOAT, time, iteration)};
            var labels = new INDArray[] {Nets.labels(DataType.FLOAT, BATCH, time)};
            with.fit(input, labels);
            without.fit(input, labels);
            assertThat(Nets.difference(with.params(), without.params())).as("iteration " + iteration)
                    .isLessThan(1e-5);
        }
    }

    @Test
    void savedGraphGivesTheSameOutputs(@TempDir Path folder) throws IOException {
        var graph = graph(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.01));
        INDArray input = input(DataType.FLOAT, TIME, 1);
        graph.fit(new INDArray[] {input}, new INDArray[] {Nets.labels(DataType.FLOAT, BATCH, TIME)});
        var file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        assertThat(ModelSerializer.restoreComputationGraph(file, true).outputSingle(input))
                .isEqualTo(graph.outputSingle(input));
    }

    @Test
    void outputHasTheStepsOfAnyInput() {
        INDArray a = Nets.mask(DataType.FLOAT, TIME, 2, 5);
        INDArray b = Nets.mask(DataType.FLOAT, TIME, 4, 1);
        var gate = new Gate(WIDTH);
        assertThat(gate.feedForwardMaskArrays(new INDArray[] {a, b}, MaskState.Active, 2).getFirst())
                .isEqualTo(Nets.mask(DataType.FLOAT, TIME, 4, 5));
        assertThat(gate.feedForwardMaskArrays(new INDArray[] {a, null}, MaskState.Active, 2).getFirst()).isNull();
        assertThat(gate.feedForwardMaskArrays(null, MaskState.Active, 2).getFirst()).isNull();
    }
}
