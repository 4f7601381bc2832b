package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.Form;

class SwiGLULayerTest extends StepwiseLayerContract {
    private static final int HIDDEN = 7;

    @Override
    Layer layer() {
        return new SwiGLULayer.Builder().nHidden(HIDDEN).build();
    }

    @Override
    long parameters() {
        return 3 * HIDDEN * WIDTH;
    }

    /** The equation of the class comment in ND4J's products. */
    @Test
    void computesTheGatedPerceptron() {
        var layer = new SwiGLULayer.Builder().nHidden(HIDDEN).nOut(3).build();
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1);
        INDArray actual = hidden(net, input, null);
        for (int step = 0; step < 5; step++) {
            INDArray x = input.get(all(), all(), point(step)).dup();
            INDArray gate = x.mmul(net.getParam("0_Wgate").transpose());
            INDArray up = x.mmul(net.getParam("0_Wup").transpose());
            INDArray expected = gate.mul(Transforms.sigmoid(gate)).mul(up).mmul(net.getParam("0_Wdown").transpose());
            assertThat(Nets.difference(actual.get(all(), all(), point(step)), expected)).isLessThan(1e-12);
        }
    }

    @Test
    void outputMayBeOfAnotherWidth() {
        for (int nOut : new int[] {3, 6}) {
            var layer = new SwiGLULayer.Builder().nHidden(HIDDEN).nOut(nOut).build();
            Nets.assertExactGradients(WIDTH, Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1),
                    Nets.mask(DataType.DOUBLE, 5, 5, 2), layer, layer());
            var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
            var copy = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
            copy.setParams(net.params());
            INDArray input = Nets.input(DataType.FLOAT, 2, WIDTH, 5, 1);
            INDArray labels = Nets.labels(DataType.FLOAT, 2, 5);
            assertThat(Nets.difference(Form.with(Form.CPU, () -> Nets.gradient(net, input, labels, null)),
                    Form.with(Form.COMPOSED, () -> Nets.gradient(copy, input, labels, null)))).isLessThan(2e-5);
        }
    }

    @Test
    void sizesAreInferred() {
        var layer = new SwiGLULayer.Builder().build();
        layer.setNIn(InputType.recurrent(10), false);
        assertThat(layer.getNOut()).isEqualTo(10);
        assertThat(layer.getNHidden()).isEqualTo(27);
        assertThat(layer.getOutputType(0, InputType.recurrent(10, 9))).isEqualTo(InputType.recurrent(10, 9));
        assertThat(layer.getOutputType(0, InputType.feedForward(10))).isEqualTo(InputType.feedForward(10));
        assertThat(layer.getLayerParams().getParamShapes().get("Wdown")).containsExactly(10, 27);
    }

    @Test
    void weightsStartAsWideAsTheirInputsAsk() {
        var layer = new SwiGLULayer.Builder().nHidden(300).build();
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), 200, layer);
        for (String name : new String[] {"0_Wgate", "0_Wup", "0_Wdown"}) {
            // Xavier's standard deviation.
            assertThat(net.getParam(name).stdNumber().doubleValue()).isCloseTo(Math.sqrt(2.0 / 500), offset(2e-3));
        }
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> new SwiGLULayer.Builder().nOut(-1).build())
                .hasMessage("nOut must be at least 0, was -1");
        assertThatThrownBy(() -> new SwiGLULayer.Builder().nHidden(-2).build())
                .hasMessage("nHidden must be at least 0, was -2");
    }
}
