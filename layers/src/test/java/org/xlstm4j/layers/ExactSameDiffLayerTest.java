package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.offset;

import java.util.List;
import java.util.Map;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.samediff.SDLayerParams;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.weights.WeightInit;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.learning.regularization.L2Regularization;

class ExactSameDiffLayerTest extends LayerContract {
    /** The same graph on DL4J's own base class. */
    public static class StockTanh extends SameDiffLayer {
        public StockTanh() {
            weightInit = WeightInit.XAVIER;
        }

        @Override
        public void defineParameters(SDLayerParams params) {
            params.addWeightParam("W", WIDTH, WIDTH);
        }

        @Override
        public void initializeParameters(Map<String, INDArray> params) {
            initWeights(WIDTH, WIDTH, weightInit, params.get("W"));
        }

        @Override
        public InputType getOutputType(int layerIndex, InputType inputType) {
            return inputType;
        }

        @Override
        public SDVariable defineLayer(SameDiff sd, SDVariable input, Map<String, SDVariable> parameters,
                SDVariable mask) {
            return StepwiseTanh.tanh(sd, input, parameters.get("W"), mask);
        }
    }

    @Override
    Layer layer() {
        return new StepwiseTanh(WIDTH);
    }

    @Override
    boolean remembers() {
        return false;
    }

    private static MultiLayerNetwork threeLayers(Layer a, Layer b, Layer c) {
        return Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, a, b, c);
    }

    /**
     * A stock layer multiplies its gradient by 2 on 1.0.0-M2.1, three in a row by 8; by 1 on M1.1. Anything else
     * would be a fault that we do not know. That ours is the gradient itself, the numerical checks above say.
     */
    @Test
    void errorOfStockLayersGrowsWithTheirNumber() {
        var stock = threeLayers(new StockTanh(), new StockTanh(), new StockTanh());
        var exact = threeLayers(layer(), layer(), layer());
        exact.setParams(stock.params());
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 3);
        INDArray labels = Nets.labels(DataType.DOUBLE, 2, 5);
        Nets.gradient(stock, input, labels, null);
        Nets.gradient(exact, input, labels, null);
        double factor = factor(stock, exact, 2);
        assertThat(factor).satisfiesAnyOf(f -> assertThat(f).isCloseTo(1, offset(1e-9)),
                f -> assertThat(f).isCloseTo(2, offset(1e-9)));
        assertThat(factor(stock, exact, 1)).isCloseTo(Math.pow(factor, 2), offset(1e-9));
        assertThat(factor(stock, exact, 0)).isCloseTo(Math.pow(factor, 3), offset(1e-9));
    }

    /** By what one net's gradient of a layer exceeds another's. */
    private static double factor(MultiLayerNetwork net, MultiLayerNetwork reference, int layer) {
        INDArray gradient = net.getLayer(layer).getGradientsViewArray();
        INDArray expected = reference.getLayer(layer).getGradientsViewArray();
        double factor = gradient.norm2Number().doubleValue() / expected.norm2Number().doubleValue();
        assertThat(Nets.difference(gradient, expected.mul(factor))).isLessThan(1e-9);
        return factor;
    }

    @Test
    void setParamSets() {
        var net = Nets.sequential(DataType.FLOAT, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        INDArray weight = Nd4j.eye(WIDTH);
        net.setParam("0_W", weight);
        assertThat(net.getParam("0_W")).isEqualTo(weight);
    }

    @Test
    void weightDecayCountsInTheScore() {
        var plain = new StepwiseTanh(WIDTH);
        var decayed = new StepwiseTanh(WIDTH);
        decayed.setRegularization(List.of(new L2Regularization(0.5)));
        var data = new DataSet(Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 3), Nets.labels(DataType.DOUBLE, 2, 5));
        var without = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, plain);
        var with = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, decayed);
        double norm = with.getParam("0_W").norm2Number().doubleValue();
        assertThat(with.score(data) - without.score(data)).isCloseTo(0.25 * norm * norm, offset(1e-9));
    }

    @Test
    void maskMayBeOfAnotherDataType() {
        var net = Nets.sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        INDArray input = Nets.input(DataType.DOUBLE, 2, WIDTH, 5, 3);
        INDArray expected = hidden(net, input, Nets.mask(DataType.DOUBLE, 5, 3, 5));
        assertThat(hidden(net, input, Nets.mask(DataType.FLOAT, 5, 3, 5))).isEqualTo(expected);
    }
}
