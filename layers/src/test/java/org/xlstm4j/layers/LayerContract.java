package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.io.IOException;
import java.nio.file.Path;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.config.Sgd;
import org.xlstm4j.ops.Form;

/** What every layer on recurrent input must hold, in MultiLayerNetwork and ComputationGraph. */
abstract class LayerContract {
    /** Features of the input and, for layers that are stacked, of the output. */
    static final int WIDTH = 4;
    private static final int BATCH = 2;
    private static final int TIME = 5;

    /** The layer with {@link #WIDTH} outputs, its input size left to be inferred. */
    abstract Layer layer();

    /** Whether outputs read earlier steps of the sequence. */
    boolean remembers() {
        return true;
    }

    private static INDArray input(DataType dataType, int time) {
        return Nets.input(dataType, BATCH, WIDTH, time, 7);
    }

    private static INDArray raggedMask() {
        return Nets.mask(DataType.DOUBLE, TIME, TIME, TIME - 2);
    }

    private MultiLayerNetwork net(DataType dataType, Layer... hidden) {
        return Nets.sequential(dataType, WorkspaceMode.ENABLED, new Adam(0.03), WIDTH, hidden);
    }

    @Test
    void gradientIsExactAlone() {
        Nets.assertExactGradients(WIDTH, input(DataType.DOUBLE, TIME), null, layer());
    }

    @Test
    void gradientIsExactStackedThreeTimes() {
        Nets.assertExactGradients(WIDTH, input(DataType.DOUBLE, TIME), null, layer(), layer(), layer());
    }

    @Test
    void gradientIsExactUnderMask() {
        Nets.assertExactGradients(WIDTH, input(DataType.DOUBLE, TIME), raggedMask(), layer(), layer());
    }

    @Test
    void gradientIsExactInGraphUnderMask() {
        var graph = Nets.graph(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        Nets.assertExactGradients(graph, raggedMask(), input(DataType.DOUBLE, TIME));
    }

    /** One definition serves both, so that the numerical checks of the net hold for the graph. */
    @Test
    void graphOfThreeHasTheGradientsOfTheNetOfThree() {
        var net = net(DataType.DOUBLE, layer(), layer(), layer());
        var graph = Nets.graph(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer(), layer(), layer());
        graph.setParams(net.params());
        INDArray labels = Nets.labels(DataType.DOUBLE, BATCH, TIME);
        for (INDArray mask : new INDArray[] {null, raggedMask()}) {
            INDArray expected = Nets.gradient(net, input(DataType.DOUBLE, TIME), labels, mask);
            INDArray actual = Nets.gradient(graph, input(DataType.DOUBLE, TIME), labels, mask);
            assertThat(Nets.difference(actual, expected)).isLessThan(1e-12);
        }
    }

    @Test
    void maskedStepsAreZeroAndWithoutEffect() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray mask = raggedMask();
        INDArray before = hidden(net, input, mask);
        INDArray padded = input.dup();
        padded.get(point(1), all(), interval(TIME - 2, TIME)).assign(9);
        assertThat(hidden(net, padded, mask)).isEqualTo(before);
        assertThat(before.get(point(1), all(), interval(TIME - 2, TIME)).amaxNumber().doubleValue()).isZero();

        INDArray cut = input.get(interval(1, 2), all(), interval(0, TIME - 2)).dup();
        assertThat(Nets.difference(before.get(interval(1, 2), all(), interval(0, TIME - 2)), hidden(net, cut, null)))
                .isLessThan(1e-12);
    }

    @Test
    void stepsMaskedAtTheStartAreWithoutEffect() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray mask = Nets.mask(DataType.DOUBLE, TIME, TIME, TIME);
        mask.get(point(1), interval(0, 2)).assign(0);
        INDArray masked = hidden(net, input, mask);
        INDArray cut = input.get(interval(1, 2), all(), interval(2, TIME)).dup();
        assertThat(masked.get(point(1), all(), interval(0, 2)).amaxNumber().doubleValue()).isZero();
        assertThat(Nets.difference(masked.get(interval(1, 2), all(), interval(2, TIME)), hidden(net, cut, null)))
                .isLessThan(1e-12);
    }

    @Test
    void readsThePastOnly() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray before = hidden(net, input, null);
        INDArray changed = input.dup();
        changed.get(all(), all(), point(2)).addi(1);
        INDArray after = hidden(net, changed, null);
        assertThat(after.get(all(), all(), interval(0, 2))).isEqualTo(before.get(all(), all(), interval(0, 2)));
        assertThat(after.get(all(), all(), point(2))).isNotEqualTo(before.get(all(), all(), point(2)));
        assertThat(after.get(all(), all(), point(3)).equals(before.get(all(), all(), point(3))))
                .isNotEqualTo(remembers());
    }

    @Test
    void oneNetServesAnyLengthAndMinibatch() {
        var net = net(DataType.DOUBLE, layer(), layer());
        INDArray whole = hidden(net, input(DataType.DOUBLE, TIME), null);
        for (int time : new int[] {1, 3, TIME}) {
            INDArray start = input(DataType.DOUBLE, TIME).get(interval(0, 1), all(), interval(0, time)).dup();
            INDArray expected = whole.get(interval(0, 1), all(), interval(0, time));
            assertThat(Nets.difference(hidden(net, start, null), expected)).isLessThan(1e-12);
            INDArray labels = Nets.labels(DataType.DOUBLE, 1, time);
            INDArray fresh = Nets.gradient(copy(net), start, labels, null);
            assertThat(Nets.difference(Nets.gradient(net, start, labels, null), fresh)).isLessThan(1e-12);
        }
    }

    private static MultiLayerNetwork copy(MultiLayerNetwork net) {
        var copy = new MultiLayerNetwork(net.getLayerWiseConfigurations().clone());
        copy.init(net.params(), true);
        return copy;
    }

    @Test
    void workspacesChangeNothing() {
        var with = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Sgd(0.1), WIDTH, layer(), layer());
        var without = Nets.sequential(DataType.FLOAT, WorkspaceMode.NONE, new Sgd(0.1), WIDTH, layer(), layer());
        INDArray labels = Nets.labels(DataType.FLOAT, BATCH, TIME);
        for (int iteration = 0; iteration < 4; iteration++) {
            var data = new DataSet(Nets.input(DataType.FLOAT, BATCH, WIDTH, TIME, iteration), labels);
            with.fit(data);
            without.fit(data);
            assertThat(Nets.difference(with.params(), without.params())).as("iteration " + iteration)
                    .isLessThan(1e-5);
        }
    }

    @Test
    void fusedFormHasTheGradientsOfTheComposedOne() {
        var layers = new Layer[] {layer(), layer()};
        INDArray labels = Nets.labels(DataType.FLOAT, BATCH, TIME);
        for (INDArray mask : new INDArray[] {null, raggedMask().castTo(DataType.FLOAT)}) {
            var composed = net(DataType.FLOAT, layers);
            var fused = copy(composed);
            INDArray expected = Form.with(Form.COMPOSED,
                    () -> Nets.gradient(composed, input(DataType.FLOAT, TIME), labels, mask));
            INDArray actual = Form.with(Form.CPU,
                    () -> Nets.gradient(fused, input(DataType.FLOAT, TIME), labels, mask));
            assertThat(Nets.difference(actual, expected)).isLessThan(2e-5);
        }
    }

    @Test
    void learns() {
        var net = net(DataType.FLOAT, layer());
        var data = new DataSet(input(DataType.FLOAT, 8), Nets.labels(DataType.FLOAT, BATCH, 8));
        double before = net.score(data);
        for (int iteration = 0; iteration < 40; iteration++) {
            net.fit(data);
        }
        assertThat(net.score(data)).isLessThan(0.6 * before);
    }

    @Test
    void savedNetGoesOnAsTheOriginal(@TempDir Path folder) throws IOException {
        var net = net(DataType.FLOAT, layer(), layer());
        var data = new DataSet(input(DataType.FLOAT, TIME), Nets.labels(DataType.FLOAT, BATCH, TIME));
        net.fit(data);
        var file = folder.resolve("net.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        var loaded = ModelSerializer.restoreMultiLayerNetwork(file, true);
        assertThat(loaded.output(data.getFeatures())).isEqualTo(net.output(data.getFeatures()));
        assertThat(loaded.getUpdater().getStateViewArray()).isEqualTo(net.getUpdater().getStateViewArray());
        net.fit(data);
        loaded.fit(data);
        assertThat(Nets.difference(loaded.params(), net.params())).isLessThan(1e-6);
    }

    @Test
    void savedGraphGivesTheSameOutputs(@TempDir Path folder) throws IOException {
        var graph = Nets.graph(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.02), WIDTH, layer(), layer());
        INDArray input = input(DataType.FLOAT, TIME);
        graph.fit(new INDArray[] {input}, new INDArray[] {Nets.labels(DataType.FLOAT, BATCH, TIME)});
        var file = folder.resolve("graph.zip").toFile();
        ModelSerializer.writeModel(graph, file, true);
        ComputationGraph loaded = ModelSerializer.restoreComputationGraph(file, true);
        assertThat(loaded.outputSingle(input)).isEqualTo(graph.outputSingle(input));
        assertThat(loaded.getUpdater().getStateViewArray()).isEqualTo(graph.getUpdater().getStateViewArray());
    }

    @Test
    void configurationSurvivesJsonAndYaml() {
        var net = net(DataType.FLOAT, layer()).getLayerWiseConfigurations();
        assertThat(MultiLayerConfiguration.fromJson(net.toJson())).isEqualTo(net);
        assertThat(MultiLayerConfiguration.fromYaml(net.toYaml())).isEqualTo(net);
        var graph = Nets.graph(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer()).getConfiguration();
        assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
    }

    /** Activations of the last hidden layer. */
    static INDArray hidden(MultiLayerNetwork net, INDArray input, INDArray mask) {
        net.setLayerMaskArrays(mask, null);
        INDArray activations = net.feedForward(input).get(net.getnLayers() - 1).dup();
        net.clearLayerMaskArrays();
        return activations;
    }
}
