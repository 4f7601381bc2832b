package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.List;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.weights.WeightInitConstant;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.L2Regularization;

class RMSNormLayerTest extends StepwiseLayerContract {
    @Override
    Layer layer() {
        return new RMSNormLayer.Builder().build();
    }

    @Override
    long parameters() {
        return WIDTH;
    }

    /** The equation of the class comment in plain Java. */
    @Test
    void normalizesEveryStepOverItsFeatures() {
        var layer = new RMSNormLayer.Builder().eps(0.5).weightInit("gamma", new WeightInitConstant(3.0)).build();
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 1);
        INDArray actual = hidden(net, input, null);
        for (int example = 0; example < 2; example++) {
            for (int step = 0; step < 5; step++) {
                double squares = 0;
                for (int feature = 0; feature < WIDTH; feature++) {
                    squares += Math.pow(input.getDouble(example, feature, step), 2);
                }
                double scale = 3 / Math.sqrt(squares / WIDTH + 0.5);
                for (int feature = 0; feature < WIDTH; feature++) {
                    assertThat(actual.getDouble(example, feature, step))
                            .isCloseTo(scale * input.getDouble(example, feature, step), offset(1e-12));
                }
            }
        }
    }

    @Test
    void startsAtOneAndIsNotDecayedWithTheWeights() {
        var layer = new RMSNormLayer.Builder().build();
        layer.setRegularization(List.of(new L2Regularization(0.5)));
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer);
        assertThat(net.getParam("0_gamma").toDoubleVector()).hasSize(WIDTH).containsOnly(1);
        assertThat(net.getLayer(0).calcRegularizationScore(true)).isZero();
    }

    @Test
    void outputIsAsWideAsTheInput() {
        assertThat(new RMSNormLayer.Builder().nIn(7).build().getNOut()).isEqualTo(7);
    }

    @Test
    void badSettingsAreNamed() {
        assertThatThrownBy(() -> new RMSNormLayer.Builder().eps(0).build()).hasMessage("eps must be positive, was 0.0");
        assertThatThrownBy(() -> new RMSNormLayer.Builder().nIn(-1).build())
                .hasMessage("nIn must be at least 0, was -1");
    }
}
