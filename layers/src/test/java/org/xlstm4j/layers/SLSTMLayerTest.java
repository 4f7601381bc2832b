package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.indices;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;

class SLSTMLayerTest extends LayerContract {
    private static final int HEADS = 2;
    private static final int SIZE = 2;

    @Override
    Layer layer() {
        return builder().forgetGateBiasInit(1).build();
    }

    private static SLSTMLayer.Builder builder() {
        return new SLSTMLayer.Builder().nOut(WIDTH).nHeads(HEADS);
    }

    private static MultiLayerNetwork net(Layer layer) {
        return Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
    }

    /** The equations of the class comment, step by step, in plain Java and without a stabiliser. */
    @ParameterizedTest
    @EnumSource
    void computesTheRecurrence(ForgetGate forgetGate) {
        var net = net(builder().forgetGate(forgetGate).build());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 7, 1);
        INDArray actual = hidden(net, input, null);
        var cell = new double[WIDTH];
        var normalizer = new double[WIDTH];
        var hidden = new double[WIDTH];
        for (int t = 0; t < 7; t++) {
            var next = new double[WIDTH];
            for (int unit = 0; unit < WIDTH; unit++) {
                double in = Math.exp(gate(net, input, hidden, 0, t, unit));
                double f = gate(net, input, hidden, 1, t, unit);
                double forget = forgetGate == ForgetGate.EXPONENTIAL ? Math.exp(f) : sigmoid(f);
                cell[unit] = forget * cell[unit] + in * Math.tanh(gate(net, input, hidden, 2, t, unit));
                normalizer[unit] = forget * normalizer[unit] + in;
                next[unit] = sigmoid(gate(net, input, hidden, 3, t, unit)) * cell[unit] / normalizer[unit];
                assertThat(actual.getDouble(0, unit, t)).isCloseTo(next[unit], offset(1e-10));
            }
            hidden = next;
        }
    }

    private static double gate(MultiLayerNetwork net, INDArray input, double[] hidden, int kind, int t, int unit) {
        int head = unit / SIZE;
        double sum = net.getParam("0_b").getDouble(kind * WIDTH + unit);
        for (int j = 0; j < WIDTH; j++) {
            sum += net.getParam("0_W").getDouble(kind * WIDTH + unit, j) * input.getDouble(0, j, t);
        }
        for (int j = 0; j < SIZE; j++) {
            sum += net.getParam("0_RW").getDouble(kind, head, unit % SIZE, j) * hidden[head * SIZE + j];
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @Test
    void gradientIsExactWithExponentialForgetGateAndNorm() {
        Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                Nets.mask(DataType.DOUBLE, 5, 5, 2),
                builder().forgetGate(ForgetGate.EXPONENTIAL).groupNorm(true).build());
    }

    @Test
    void normMakesEveryHeadsMeanZero() {
        INDArray out = hidden(net(builder().nHeads(1).groupNorm(true).build()),
                Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 2), null);
        assertThat(out.mean(1).amaxNumber().doubleValue()).isLessThan(1e-12);
        assertThat(out.mul(out).mean(1).minNumber().doubleValue()).isGreaterThan(0.9);
    }

    @Test
    void stepsWithTimeStepEqualTheWhole() {
        for (var forgetGate : ForgetGate.values()) {
            var net = net(builder().forgetGate(forgetGate).groupNorm(true).build());
            INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 7, 3);
            INDArray whole = net.output(input);
            int from = 0;
            for (int length : new int[] {1, 4, 2}) {
                INDArray piece = net.rnnTimeStep(input.get(all(), all(), interval(from, from + length)).dup());
                assertThat(Nets.difference(piece, whole.get(all(), all(), interval(from, from + length))))
                        .isLessThan(1e-10);
                from += length;
            }
        }
    }

    @Test
    void maskedStepsBetweenOthersLeaveTheMemoryAlone() {
        var net = net(layer());
        INDArray input = Nets.input(DataType.DOUBLE, 1, WIDTH, 7, 5);
        INDArray mask = Nd4j.create(new double[][] {{1, 1, 0, 0, 1, 0, 1}});
        INDArray present = input.get(all(), all(), indices(0, 1, 4, 6)).dup();
        INDArray withGaps = hidden(net, input, mask).get(all(), all(), indices(0, 1, 4, 6));
        assertThat(Nets.difference(withGaps, hidden(net, present, null))).isLessThan(1e-12);
    }

    @Test
    void forgetBiasIsSpreadOverTheUnitsOfAHead() {
        assertThat(net(builder().nHeads(1).build()).getParam("0_b").toDoubleVector()[4]).isEqualTo(5);
        assertThat(forgetBiases(builder())).containsExactly(5, -7, 5, -7);
        assertThat(forgetBiases(builder().forgetGateBiasInit(2))).containsOnly(2);
        assertThat(forgetBiases(builder().forgetGate(ForgetGate.EXPONENTIAL))[0])
                .isCloseTo(Math.log(sigmoid(5)), offset(1e-12));
        // The deeper, the more units remember long: 5 − 12 · (1/3)^1.6 against 5 − 12 · (1/3)^0.3.
        assertThat(forgetBiases(builder().nHeads(1).depth(1))[1]).isCloseTo(2.931, offset(1e-3));
        assertThat(forgetBiases(builder().nHeads(1))[1]).isCloseTo(-3.631, offset(1e-3));
    }

    private static double[] forgetBiases(SLSTMLayer.Builder builder) {
        return net(builder.build()).getParam("0_b").reshape(4, WIDTH).getRow(1).toDoubleVector();
    }

    @Test
    void everySettingSurvivesJsonAndYaml() {
        for (var layer : new SLSTMLayer[] {builder().build(), builder().forgetGate(ForgetGate.EXPONENTIAL).depth(0.25)
                .nHeads(1).groupNorm(true).build(), builder().forgetGateBiasInit(-2).build()}) {
            var configuration = net(layer).getLayerWiseConfigurations();
            assertThat(MultiLayerConfiguration.fromJson(configuration.toJson())).isEqualTo(configuration);
            assertThat(MultiLayerConfiguration.fromYaml(configuration.toYaml())).isEqualTo(configuration);
        }
        assertThat(builder().depth(0.5).build()).isNotEqualTo(builder().build());
    }

    @Test
    void summaryTellsSizesParametersAndTypes() {
        var line = net(builder().groupNorm(true).build()).summary(InputType.recurrent(WIDTH, 7)).lines()
                .filter(text -> text.contains("RW:")).findFirst().orElseThrow();
        int parameters = 4 * WIDTH * WIDTH + 4 * HEADS * SIZE * SIZE + 4 * WIDTH + WIDTH;
        assertThat(line).contains("4,4", " " + parameters + " ",
                "InputTypeRecurrent(" + WIDTH + ",timeSeriesLength=7,format=NCW)");
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> builder().nHeads(3).build())
                .hasMessage("nOut (4) must be a multiple of nHeads (3)");
        assertThatThrownBy(() -> builder().nHeads(0).build()).hasMessage("nHeads must be at least 1, was 0");
        assertThatThrownBy(() -> builder().depth(2).build()).hasMessage("depth must be between 0 and 1, was 2.0");
        assertThatThrownBy(() -> builder().nHeads(4).groupNorm(true).build())
                .hasMessageContaining("a head of one unit has nothing to normalise");
    }
}
