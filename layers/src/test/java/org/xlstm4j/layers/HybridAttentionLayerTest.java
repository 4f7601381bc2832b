package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInitConstant;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.mlstm.MlstmSpec.Read;

class HybridAttentionLayerTest extends LayerContract {

    @Override
    Layer layer() {
        return builder().build();
    }

    private static HybridAttentionLayer.Builder builder() {
        return new HybridAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(2).sinks(1).chunkSize(2);
    }

    private static MultiLayerNetwork net(Layer layer) {
        return Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
    }

    private static void share(MultiLayerNetwork from, MultiLayerNetwork to) {
        to.paramTable().forEach((name, parameter) -> {
            if (from.paramTable().containsKey(name)) {
                parameter.assign(from.getParam(name));
            }
        });
    }

    @Test
    void shutGateLeavesTheWindow() {
        var hybrid = net(builder().weightInit("bg", new WeightInitConstant(-60.0)).build());
        var window = net(new SlidingWindowAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(2).sinks(1).build());
        share(hybrid, window);
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 7, 3);
        assertThat(Nets.difference(hidden(hybrid, input, null), hidden(window, input, null))).isLessThan(1e-12);
    }

    @Test
    void openGateLeavesTheMlstm() {
        var hybrid = net(builder().weightInit("bg", new WeightInitConstant(60.0)).build());
        var mlstm = net(new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).read(Read.NORMALIZER).outputGate(false)
                .build());
        share(hybrid, mlstm);
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 7, 3);
        assertThat(Nets.difference(hidden(hybrid, input, null), hidden(mlstm, input, null))).isLessThan(1e-12);
    }

    @Test
    void stepBeyondTheWindowIsRemembered() {
        var net = net(builder().window(1).sinks(0).build());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 7, 3);
        INDArray before = hidden(net, input, null);
        input.get(all(), all(), point(0)).addi(1);
        INDArray after = hidden(net, input, null);
        assertThat(after.get(all(), all(), point(6)).squaredDistance(before.get(all(), all(), point(6))))
                .isGreaterThan(1e-8);
    }

    @Test
    void gradientIsExactWithRotation() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), builder().ropeTheta(10).build());
    }

    @Test
    void gradientIsExactWithNormsAndBiases() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1), null, builder()
                .queryKeyNorm(QueryKeyNorm.WHOLE).normEps(1e-3).biases(Biases.QUERY_KEY_VALUE).build());
    }

    @Test
    void gradientIsExactWhereHeadsShareKeysAndValues() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), builder().nKeyValueHeads(1).ropeTheta(10).build());
    }

    @Test
    void maskWithGapIsRefused() {
        var net = net(layer());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 5, 3);
        assertThatThrownBy(() -> hidden(net, input, Nd4j.create(new double[][] {{0, 1, 0, 1, 0}})))
                .hasMessageContaining("needs masks without gaps, example 0 has 2 steps between 1 and 3");
    }

    @Test
    void featureMapsStartAtTheIdentity() {
        var net = net(builder().build());
        for (String map : new String[] {"0_Fq", "0_Fk"}) {
            for (int head = 0; head < 2; head++) {
                assertThat(net.getParam(map).get(point(head), all(), all())).isEqualTo(
                        Nd4j.eye(2).castTo(DataType.DOUBLE));
            }
        }
        assertThat(net.getParam("0_bf").toDoubleVector()).containsExactly(3, 6);
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> builder().window(0).build()).hasMessage("window must be at least 1, was 0");
        assertThatThrownBy(() -> builder().sinks(-2).build()).hasMessage("sinks must be at least 0, was -2");
        assertThatThrownBy(() -> builder().chunkSize(0).build()).hasMessage("chunkSize must be at least 1, was 0");
        assertThatThrownBy(() -> builder().headSize(3).ropeTheta(10).build()).hasMessage(
                "headDim must be positive and even for RoPE, was 3");
    }
}
