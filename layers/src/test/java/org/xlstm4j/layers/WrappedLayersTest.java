package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.conf.GradientNormalization;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.RNNFormat;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.recurrent.Bidirectional;
import org.deeplearning4j.nn.conf.layers.recurrent.LastTimeStep;
import org.deeplearning4j.nn.conf.layers.util.MaskZeroLayer;
import org.deeplearning4j.nn.conf.weightnoise.DropConnect;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.transferlearning.TransferLearning;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Layers that carry state inside DL4J's wrappers and under its settings. */
class WrappedLayersTest {
    private static final int WIDTH = 4;
    private static final int TIME = 5;

    private static MLSTMLayer.Builder mlstm() {
        return new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2);
    }

    private static Layer window() {
        return new SlidingWindowAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(2).sinks(1).build();
    }

    private static MultiLayerNetwork net(DataType dataType, Layer... hidden) {
        return Nets.sequential(dataType, WorkspaceMode.ENABLED, new NoOp(), WIDTH, hidden);
    }

    private static INDArray input(DataType dataType) {
        return Nets.input(dataType, 2, WIDTH, TIME, 3);
    }

    private static INDArray reversedInTime(INDArray x) {
        INDArray reversed = x.dup();
        for (int t = 0; t < x.size(2); t++) {
            reversed.get(all(), all(), point(t)).assign(x.get(all(), all(), point(x.size(2) - 1 - t)));
        }
        return reversed;
    }

    @ParameterizedTest
    @EnumSource(Bidirectional.Mode.class)
    void bidirectionalReadsBothWays(Bidirectional.Mode mode) {
        var both = net(DataType.DOUBLE, new Bidirectional(mode, mlstm().build()));
        var forward = net(DataType.DOUBLE, mlstm().build());
        var backward = net(DataType.DOUBLE, mlstm().build());
        forward.paramTable().forEach((name, array) -> {
            if (name.startsWith("0_")) {
                array.assign(both.getParam("0_f" + name.substring(2)));
                backward.getParam(name).assign(both.getParam("0_b" + name.substring(2)));
            }
        });
        INDArray x = input(DataType.DOUBLE);
        INDArray f = LayerContract.hidden(forward, x, null);
        INDArray b = reversedInTime(LayerContract.hidden(backward, reversedInTime(x), null));
        INDArray expected = switch (mode) {
            case ADD -> f.add(b);
            case MUL -> f.mul(b);
            case AVERAGE -> f.add(b).mul(0.5);
            case CONCAT -> Nd4j.concat(1, f, b);
        };
        assertThat(Nets.difference(LayerContract.hidden(both, x, null), expected)).isLessThan(1e-12);
    }

    @ParameterizedTest
    @EnumSource(Bidirectional.Mode.class)
    void bidirectionalGradientIsExact(Bidirectional.Mode mode) {
        Nets.assertExactGradients(WIDTH, input(DataType.DOUBLE), Nets.mask(DataType.DOUBLE, TIME, TIME, 3),
                new Bidirectional(mode, window()));
    }

    @Test
    void lastTimeStepIsTheLastPresentOne() {
        var whole = net(DataType.DOUBLE, mlstm().build());
        var last = new MultiLayerNetwork(Nets.settings(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp()).list()
                .layer(new LastTimeStep(mlstm().build()))
                .layer(new OutputLayer.Builder(LossFunction.MCXENT).activation(Activation.SOFTMAX).nOut(3).build())
                .setInputType(InputType.recurrent(WIDTH)).build());
        last.init();
        last.setParams(whole.params());
        INDArray mask = Nets.mask(DataType.DOUBLE, TIME, TIME, 3);
        INDArray steps = LayerContract.hidden(whole, input(DataType.DOUBLE), mask);
        INDArray picked = LayerContract.hidden(last, input(DataType.DOUBLE), mask);
        // DL4J picks the steps in float32.
        assertThat(picked.getRow(0).toDoubleVector()).containsExactly(
                steps.get(point(0), all(), point(TIME - 1)).toDoubleVector(), within(1e-6));
        assertThat(picked.getRow(1).toDoubleVector()).containsExactly(
                steps.get(point(1), all(), point(2)).toDoubleVector(), within(1e-6));
    }

    @Test
    void maskZeroLayerMasksWhatIsZero() {
        var masked = net(DataType.DOUBLE, new MaskZeroLayer.Builder().setUnderlying(mlstm().build()).build());
        var plain = net(DataType.DOUBLE, mlstm().build());
        masked.setParams(plain.params());
        INDArray x = input(DataType.DOUBLE);
        x.get(interval(1, 2), all(), interval(3, TIME)).assign(0);
        assertThat(LayerContract.hidden(masked, x, null)).isEqualTo(
                LayerContract.hidden(plain, x, Nets.mask(DataType.DOUBLE, TIME, TIME, 3)));
    }

    @Test
    void timeMayComeBeforeFeatures() {
        var ncw = net(DataType.DOUBLE, mlstm().build());
        var nwc = new MultiLayerNetwork(Nets.settings(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp()).list()
                .layer(mlstm().dataFormat(RNNFormat.NWC).build()).layer(Nets.output())
                .setInputType(InputType.recurrent(WIDTH, TIME, RNNFormat.NWC)).build());
        nwc.init();
        nwc.setParams(ncw.params());
        INDArray x = input(DataType.DOUBLE);
        assertThat(Nets.difference(LayerContract.hidden(nwc, x.permute(0, 2, 1).dup(), null).permute(0, 2, 1),
                LayerContract.hidden(ncw, x, null))).isLessThan(1e-12);
    }

    @Test
    void trainsUnderDropoutWeightNoiseAndClipping() {
        var layer = mlstm().dropOut(0.9).weightNoise(new DropConnect(0.95))
                .gradientNormalization(GradientNormalization.ClipL2PerLayer).gradientNormalizationThreshold(1)
                .build();
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.03), WIDTH, layer);
        var data = new DataSet(input(DataType.FLOAT), Nets.labels(DataType.FLOAT, 2, TIME));
        double before = net.score(data);
        for (int i = 0; i < 60; i++) {
            net.fit(data);
        }
        assertThat(net.score(data)).isLessThan(0.7 * before);
    }

    @Test
    void frozenLayerKeepsItsParametersAndCarriesState() {
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.03), WIDTH, window(),
                mlstm().build());
        var frozen = new TransferLearning.Builder(net).setFeatureExtractor(0).build();
        INDArray before = frozen.getLayer(0).params().dup();
        INDArray above = frozen.getLayer(1).params().dup();
        frozen.fit(new DataSet(input(DataType.FLOAT), Nets.labels(DataType.FLOAT, 2, TIME)));
        assertThat(frozen.getLayer(0).params()).isEqualTo(before);
        assertThat(frozen.getLayer(1).params()).isNotEqualTo(above);
        INDArray x = input(DataType.FLOAT);
        INDArray whole = frozen.output(x).dup();
        INDArray first = frozen.rnnTimeStep(x.get(all(), all(), interval(0, 2)).dup()).dup();
        INDArray last = frozen.rnnTimeStep(x.get(all(), all(), interval(2, TIME)).dup()).dup();
        assertThat(Nets.difference(Nd4j.concat(2, first, last), whole)).isLessThan(1e-5);
    }

    @Test
    void summaryCountsParameters() {
        assertThat(net(DataType.FLOAT, new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).outputGate(false).build())
                .summary()).contains("84 ").contains("Total Parameters:  99");
    }

    /** As a DL4J SameDiffLayer's configuration has it. */
    @Test
    void updaterAndWeightInitialisationOfNetsSavedBeforeAreRead() {
        var conf = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new Adam(0.03), WIDTH, mlstm().build())
                .getLayerWiseConfigurations();
        var json = conf.toJson();
        int own = json.indexOf("\"@class\" : \"org.xlstm4j.layers.MLSTMLayer\"");
        var saved = json.substring(0, own) + json.substring(own).replaceFirst("\"iupdater\"", "\"updater\"")
                .replaceFirst("\"weightInitFn\" : \\{[^}]*}", "\"weightInit\" : \"XAVIER\"");
        assertThat(saved).isNotEqualTo(json).contains("\"weightInit\" : \"XAVIER\"");
        assertThat(MultiLayerConfiguration.fromJson(saved)).isEqualTo(conf);
    }
}
