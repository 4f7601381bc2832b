package org.xlstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.parallelism.ParallelWrapper;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.layers.HybridAttentionLayer;
import org.xlstm4j.layers.MLSTMLayer;
import org.xlstm4j.layers.SlidingWindowAttentionLayer;

/** DL4J's own training on several threads or GPUs of one machine, of nets with this project's layers. */
class ParallelWrapperTest {
    private static final int WIDTH = 6;
    private static final int TIME = 9;
    private static final int ROWS = 4;
    private static final int ROUNDS = 5;

    static List<Layer> layers() {
        return List.of(new MLSTMLayer.Builder().nOut(WIDTH).nHeads(2).build(),
                new SlidingWindowAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(3).build(),
                new HybridAttentionLayer.Builder().nOut(WIDTH).nHeads(2).window(3).build());
    }

    private static MultiLayerNetwork network(Layer layer) {
        var network = new MultiLayerNetwork(new NeuralNetConfiguration.Builder().seed(3).updater(new Sgd(0.3)).list()
                .layer(layer)
                .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(3).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(WIDTH)).build());
        network.init();
        return network;
    }

    private static DataSet data() {
        var random = new Random(5);
        int rows = 2 * ROUNDS * ROWS;
        var features = new float[rows][WIDTH][TIME];
        var labels = new float[rows][3][TIME];
        for (int row = 0; row < rows; row++) {
            for (int t = 0; t < TIME; t++) {
                labels[row][(row + t) % 3][t] = 1;
                for (int feature = 0; feature < WIDTH; feature++) {
                    features[row][feature][t] = (float) random.nextGaussian();
                }
            }
        }
        return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
    }

    /** Each round, two nets take a step from the same parameters, on a batch each, and the mean goes on. */
    private static INDArray averaged(Layer layer, DataSet data) {
        var first = network(layer);
        var second = network(layer);
        var batches = data.batchBy(ROWS);
        for (int round = 0; round < ROUNDS; round++) {
            first.fit(batches.get(2 * round));
            second.fit(batches.get(2 * round + 1));
            var mean = first.params().add(second.params()).divi(2);
            first.setParams(mean);
            second.setParams(mean);
        }
        return first.params();
    }

    @ParameterizedTest
    @MethodSource("layers")
    void twoThreadsTrainAsTwoNetsWhoseParametersAreAveraged(Layer layer) throws Exception {
        var network = network(layer);
        var before = network.params().dup();
        try (var parallel = new ParallelWrapper.Builder<>(network).workers(2).averagingFrequency(1).prefetchBuffer(2)
                .build()) {
            parallel.fit(new ViewIterator(data(), ROWS));
        }
        var expected = averaged(layer, data());
        assertThat(network.params().distance2(before)).isGreaterThan(0.05);
        assertThat(elements(network.params())).usingElementComparator((a, b) -> Math.abs(a - b) < 1e-6 ? 0 : 1)
                .isEqualTo(elements(expected));
    }

    private static List<Float> elements(INDArray array) {
        var elements = new ArrayList<Float>();
        for (float value : array.dup().data().asFloat()) {
            elements.add(value);
        }
        return elements;
    }
}
