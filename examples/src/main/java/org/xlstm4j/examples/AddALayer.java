package org.xlstm4j.examples;

import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.layers.MLSTMLayer;

/**
 * An mLSTM in a MultiLayerNetwork, on a task that needs memory: every row shows a symbol at its first step and noise
 * after it, and the net has to name the symbol at every later step.
 */
public final class AddALayer {
    private static final int SYMBOLS = 8;
    private static final int FEATURES = SYMBOLS + 4;
    private static final int TIME = 64;
    private static final int ROWS = 32;

    private AddALayer() {
    }

    /** The network: the mLSTM is a layer like any other. */
    public static MultiLayerNetwork network() {
        var configuration = new NeuralNetConfiguration.Builder()
                .seed(1)
                .updater(new Adam(3e-3))
                .list()
                .layer(new MLSTMLayer.Builder().nOut(32).nHeads(4).build())
                .layer(new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(SYMBOLS)
                        .activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(FEATURES))
                .build();
        var network = new MultiLayerNetwork(configuration);
        network.init();
        return network;
    }

    /** Rows of the task: features [rows, FEATURES, TIME], labels [rows, SYMBOLS, TIME]. */
    public static DataSet rows(Random random) {
        var features = new float[ROWS][FEATURES][TIME];
        var labels = new float[ROWS][SYMBOLS][TIME];
        for (int row = 0; row < ROWS; row++) {
            int symbol = random.nextInt(SYMBOLS);
            features[row][symbol][0] = 1;
            for (int t = 0; t < TIME; t++) {
                labels[row][symbol][t] = 1;
                for (int noise = SYMBOLS; t > 0 && noise < FEATURES; noise++) {
                    features[row][noise][t] = (float) random.nextGaussian();
                }
            }
        }
        return new DataSet(Nd4j.createFromArray(features), Nd4j.createFromArray(labels));
    }

    /** The share of rows whose symbol is named at the last step. */
    public static double accuracy(MultiLayerNetwork network, DataSet rows) {
        INDArray said = lastStep(network.output(rows.getFeatures())).argMax(1);
        INDArray right = lastStep(rows.getLabels()).argMax(1);
        return said.eq(right).castTo(DataType.FLOAT).meanNumber().doubleValue();
    }

    private static INDArray lastStep(INDArray sequence) {
        return sequence.tensorAlongDimension(TIME - 1, 0, 1).dup();
    }

    /** Trains the network and prints how well it remembers. */
    public static void main(String[] args) {
        var network = network();
        var random = new Random(1);
        var test = rows(new Random(2));
        for (int step = 0; step <= 200; step++) {
            if (step % 50 == 0) {
                System.out.printf("step %3d: %.2f of the symbols named after %d steps%n", step,
                        accuracy(network, test), TIME);
            }
            network.fit(rows(random));
        }
    }
}
