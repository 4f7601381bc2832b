package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.buffer.util.DataTypeUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.ops.Form;

/** What layers hold besides that treat every step by itself: they take input without time, too. */
abstract class StepwiseLayerContract extends LayerContract {
    private static final int EXAMPLES = 5;

    /** Parameters of {@link #layer()}. */
    abstract long parameters();

    @Override
    final boolean remembers() {
        return false;
    }

    private static INDArray rows(DataType dataType) {
        return Nets.input(dataType, EXAMPLES, WIDTH, 1, 3).reshape(EXAMPLES, WIDTH);
    }

    private static INDArray classes(DataType dataType) {
        INDArray labels = Nd4j.zeros(dataType, EXAMPLES, Nets.CLASSES);
        for (int example = 0; example < EXAMPLES; example++) {
            labels.putScalar(example, example % Nets.CLASSES, 1);
        }
        return labels;
    }

    private static MultiLayerNetwork feedForward(DataType dataType, InputType input, Layer... hidden) {
        var list = Nets.settings(dataType, WorkspaceMode.ENABLED, new NoOp()).list();
        for (Layer layer : hidden) {
            list.layer(layer);
        }
        var net = new MultiLayerNetwork(list.layer(output()).setInputType(input).build());
        net.init();
        return net;
    }

    private static OutputLayer output() {
        return new OutputLayer.Builder(LossFunction.MCXENT).nOut(Nets.CLASSES).activation(Activation.SOFTMAX).build();
    }

    private static ComputationGraph graph(Layer layer) {
        var graph = new ComputationGraph(Nets.settings(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp())
                .graphBuilder().addInputs("in").addLayer("hidden", layer, "in").addLayer("out", output(), "hidden")
                .setOutputs("out").setInputTypes(InputType.feedForward(WIDTH)).build());
        graph.init();
        return graph;
    }

    @Test
    void gradientIsExactWithoutTime() {
        var before = DataTypeUtil.getDtypeFromContext();
        DataTypeUtil.setDTypeForContext(DataType.DOUBLE);
        try {
            var net = feedForward(DataType.DOUBLE, InputType.feedForward(WIDTH), layer(), layer());
            assertThat(GradientCheckUtil.checkGradients(new GradientCheckUtil.MLNConfig().net(net)
                    .input(rows(DataType.DOUBLE)).labels(classes(DataType.DOUBLE))
                    .print(GradientCheckUtil.PrintMode.FAILURES_ONLY))).isTrue();
            assertThat(GradientCheckUtil.checkGradients(new GradientCheckUtil.GraphConfig().net(graph(layer()))
                    .inputs(new INDArray[] {rows(DataType.DOUBLE)}).labels(new INDArray[] {classes(DataType.DOUBLE)})
                    .print(GradientCheckUtil.PrintMode.FAILURES_ONLY))).isTrue();
        } finally {
            DataTypeUtil.setDTypeForContext(before);
        }
    }

    @Test
    void stepIsTreatedAsAnExampleIs() {
        var onSequences = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        var onRows = feedForward(DataType.DOUBLE, InputType.feedForward(WIDTH), layer());
        onRows.setParams(onSequences.params());
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 7, 4);
        INDArray ofSequences = hidden(onSequences, input, null);
        for (int step = 0; step < 7; step++) {
            INDArray ofRows = hidden(onRows, input.get(all(), all(), point(step)).dup(), null);
            assertThat(Nets.difference(ofSequences.get(all(), all(), point(step)), ofRows)).isLessThan(1e-12);
        }
    }

    @Test
    void maskedExampleIsZero() {
        var net = feedForward(DataType.DOUBLE, InputType.feedForward(WIDTH), layer());
        INDArray whole = hidden(net, rows(DataType.DOUBLE), null);
        INDArray masked = hidden(net, rows(DataType.DOUBLE), Nd4j.create(new double[][] {{1}, {1}, {0}, {1}, {1}}));
        assertThat(masked.getRow(2).amaxNumber().doubleValue()).isZero();
        assertThat(masked.getRow(3)).isEqualTo(whole.getRow(3));
    }

    @Test
    void fusedFormHasTheGradientsOfTheComposedOneWithoutTime() {
        var net = feedForward(DataType.FLOAT, InputType.feedForward(WIDTH), layer(), layer());
        var copy = new MultiLayerNetwork(net.getLayerWiseConfigurations().clone());
        copy.init(net.params(), true);
        INDArray expected = Form.with(Form.COMPOSED,
                () -> Nets.gradient(net, rows(DataType.FLOAT), classes(DataType.FLOAT), null));
        INDArray actual = Form.with(Form.CPU,
                () -> Nets.gradient(copy, rows(DataType.FLOAT), classes(DataType.FLOAT), null));
        assertThat(Nets.difference(actual, expected)).isLessThan(2e-5);
    }

    @Test
    void imagesAreTakenPixelByPixel() {
        var net = feedForward(DataType.FLOAT, InputType.convolutional(2, 2, 1), layer());
        assertThat(net.output(Nd4j.ones(DataType.FLOAT, EXAMPLES, 1, 2, 2)).shape()).containsExactly(EXAMPLES,
                Nets.CLASSES);
        assertThat(feedForward(DataType.FLOAT, InputType.convolutionalFlat(2, 2, 1), layer()).numParams())
                .isEqualTo(net.numParams());
    }

    @Test
    void summaryTellsParametersAndOutputTypes() {
        var sequences = InputType.recurrent(WIDTH, 7);
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        assertThat(net.getLayer(0).numParams()).isEqualTo(parameters());
        assertThat(line(net.summary(sequences))).contains(" " + parameters() + " ",
                "InputTypeRecurrent(" + WIDTH + ",timeSeriesLength=7,format=NCW)");
        assertThat(line(graph(layer()).summary(InputType.feedForward(WIDTH))))
                .contains(" " + parameters() + " ", "InputTypeFeedForward(" + WIDTH + ")");
    }

    private static String line(String summary) {
        return summary.lines().filter(line -> line.contains("(ExactLayer)")).findFirst().orElseThrow();
    }

    @Test
    void unsuitableInputIsNamed() {
        var net = feedForward(DataType.FLOAT, InputType.feedForward(WIDTH), layer());
        assertThatThrownBy(() -> net.output(Nd4j.ones(DataType.FLOAT, 2, 3)))
                .hasMessageContaining("needs input [minibatch, 4] or [minibatch, 4, time], was [2, 3]");
        assertThatThrownBy(() -> layer().setNIn(InputType.recurrent(4, 5, RNNFormat.NWC), true))
                .hasMessageContaining("needs input [minibatch, features] or [minibatch, features, time]");
        var unknown = new MultiLayerNetwork(Nets.settings(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp()).list()
                .layer(layer()).layer(Nets.output()).build());
        assertThatThrownBy(unknown::init).hasMessageContaining("does not know its input size");
    }
}
