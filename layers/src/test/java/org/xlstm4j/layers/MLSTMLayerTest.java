package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.indices;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInitConstant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.ops.mlstm.MlstmSpec.Read;

class MLSTMLayerTest extends LayerContract {

    @Override
    Layer layer() {
        return new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).headSize(3).chunkSize(2).build();
    }

    private static MultiLayerNetwork net(MLSTMLayer layer) {
        return Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
    }

    @Test
    void gradientIsExactWithBiases() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1), null,
                new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).biases(Biases.ALL).build());
    }

    /** The equations of the class comment, step by step, in plain Java. */
    @ParameterizedTest
    @EnumSource(Read.class)
    void computesTheRecurrence(Read read) {
        int heads = 2;
        int size = 3;
        int time = 7;
        var net = net(new MLSTMLayer.Builder().nOut(6).nHeads(heads).read(read).chunkSize(3).outputProjection(false)
                .build());
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, time, 11);
        INDArray actual = hidden(net, input, null);
        for (int example = 0; example < 2; example++) {
            INDArray x = input.get(point(example), all(), all());
            for (int head = 0; head < heads; head++) {
                double[][] expected = recurrence(net, x, head, size, read);
                for (int t = 0; t < time; t++) {
                    for (int d = 0; d < size; d++) {
                        assertThat(actual.getDouble(example, head * size + d, t)).isCloseTo(expected[t][d],
                                offset(1e-5));
                    }
                }
            }
        }
    }

    private static double[][] recurrence(MultiLayerNetwork net, INDArray x, int head, int size, Read read) {
        int time = (int) x.size(1);
        double[][] q = project(net, "Wq", x, head, size);
        double[][] k = project(net, "Wk", x, head, size);
        double[][] v = project(net, "Wv", x, head, size);
        double[][] gate = project(net, "Wg", x, head, size);
        double[][] i = project(net, "Wi", x, head, 1);
        double[][] f = project(net, "Wf", x, head, 1);
        double inputBias = net.getParam("0_bi").getDouble(head);
        double forgetBias = net.getParam("0_bf").getDouble(head);
        var memory = new double[size][size];
        var normalizer = new double[size];
        var hidden = new double[time][size];
        for (int t = 0; t < time; t++) {
            double in = Math.exp(i[t][0] + inputBias);
            double forget = 1 / (1 + Math.exp(-f[t][0] - forgetBias));
            double[] query = read == Read.NORMALIZER ? softmax(q[t]) : q[t];
            double[] key = read == Read.NORMALIZER ? softmax(k[t]) : scaled(k[t], 1 / Math.sqrt(size));
            double product = 0;
            for (int a = 0; a < size; a++) {
                normalizer[a] = forget * normalizer[a] + in * key[a];
                product += query[a] * normalizer[a];
                for (int b = 0; b < size; b++) {
                    memory[a][b] = forget * memory[a][b] + in * key[a] * v[t][b];
                    hidden[t][b] += query[a] * memory[a][b];
                }
            }
            double divisor = read == Read.NORMALIZER ? product : Math.max(Math.abs(product), 1);
            for (int b = 0; b < size; b++) {
                hidden[t][b] *= 1 / (1 + Math.exp(-gate[t][b])) / divisor;
            }
        }
        return hidden;
    }

    private static double[][] project(MultiLayerNetwork net, String weight, INDArray x, int head, int size) {
        INDArray rows = net.getParam("0_" + weight).get(interval((long) head * size, (head + 1L) * size), all());
        return rows.mmul(x).transpose().toDoubleMatrix();
    }

    private static double[] softmax(double[] x) {
        double sum = 0;
        var out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = Math.exp(x[i]);
            sum += out[i];
        }
        return scaled(out, 1 / sum);
    }

    private static double[] scaled(double[] x, double factor) {
        var out = x.clone();
        for (int i = 0; i < out.length; i++) {
            out[i] *= factor;
        }
        return out;
    }

    @Test
    void gradientIsExactWithTheNormalizerReadAndNothingOptional() {
        var layer = new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).read(Read.NORMALIZER).outputGate(false)
                .outputProjection(false).build();
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2), layer, layer());
    }

    @Test
    void maskedStepsBetweenOthersLeaveTheMemoryAlone() {
        var net = net((MLSTMLayer) layer());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 7, 5);
        INDArray mask = Nd4j.create(new double[][] {{1, 1, 0, 0, 1, 0, 1}});
        INDArray present = input.get(all(), all(), indices(0, 1, 4, 6)).dup();
        INDArray withGaps = hidden(net, input, mask).get(all(), all(), indices(0, 1, 4, 6));
        assertThat(Nets.difference(withGaps, hidden(net, present, null))).isLessThan(1e-12);
    }

    @Test
    void forgetBiasIsSpreadOverTheHeads() {
        var net = net(new MLSTMLayer.Builder().nOut(8).nHeads(4).build());
        assertThat(net.getParam("0_bf").toDoubleVector()).containsExactly(3, 4, 5, 6);
        assertThat(net.getParam("0_bi").toDoubleVector()).containsOnly(0);
        assertThat(net(new MLSTMLayer.Builder().nOut(8).build()).getParam("0_bf").toDoubleVector())
                .containsExactly(4.5);
    }

    @Test
    void parametersStartAsTheBuilderSays() {
        var layer = new MLSTMLayer.Builder().nOut(8).nHeads(2).weightInit("bi", new WeightInitConstant(-10.0)).build();
        assertThat(net(layer).getParam("0_bi").toDoubleVector()).containsOnly(-10);
    }

    @Test
    void sizesAreInferred() {
        var layer = new MLSTMLayer.Builder().nOut(6).nHeads(3).build();
        layer.setNIn(InputType.recurrent(5), false);
        assertThat(layer.getNIn()).isEqualTo(5);
        assertThat(layer.getHeadSize()).isEqualTo(2);
        assertThat(layer.getOutputType(0, InputType.recurrent(5, 9))).isEqualTo(InputType.recurrent(6, 9));
        assertThat(layer.getLayerParams().getParamShapes().get("Wq")).containsExactly(6, 5);
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nHeads(2).build()).hasMessage(
                "nOut must be at least 1, was 0");
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nOut(10).nHeads(3).build()).hasMessage(
                "nOut (10) must be a multiple of nHeads (3), or headSize be set");
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nOut(10).nHeads(0).build()).hasMessage(
                "nHeads must be at least 1, was 0");
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nOut(10).headSize(-4).build()).hasMessage(
                "headSize must be at least 1, was -4");
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nOut(10).chunkSize(0).build()).hasMessage(
                "chunkSize must be at least 1, was 0");
        assertThatThrownBy(() -> new MLSTMLayer.Builder().nOut(10).nHeads(2).headSize(4).outputProjection(false)
                .build()).hasMessage("without an output projection nOut (10) must be nHeads (2) times headSize (4)");
    }

    @Test
    void unsuitableInputIsNamed() {
        var net = net((MLSTMLayer) layer());
        assertThatThrownBy(() -> net.output(Nets.input(DataType.DOUBLE, 2, 3, 5, 1)))
                .hasMessageContaining("needs input [minibatch, 4, time], was [2, 3, 5]");
        var layer = (MLSTMLayer) layer();
        assertThatThrownBy(() -> layer.setNIn(InputType.feedForward(4), false))
                .hasMessageContaining("needs recurrent input");
        SDLayerParams shapes = layer.getLayerParams();
        assertThat(shapes.getParamShapes().get("Wq")).containsExactly(6, 0);
        assertThatThrownBy(() -> {
            var unknown = new MultiLayerNetwork(Nets.settings(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp()).list()
                    .layer(layer).layer(Nets.output()).build());
            unknown.init();
        }).hasMessageContaining("does not know its input size");
    }
}
