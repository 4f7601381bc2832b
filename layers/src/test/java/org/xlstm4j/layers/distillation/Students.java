package org.xlstm4j.layers.distillation;

import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.OutputLayer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.lossfunctions.ILossFunction;

/** Small nets of DL4J's own layers, for 5 features and 7 classes. */
final class Students {
    static final int FEATURES = 5;
    static final int CLASSES = 7;

    private Students() {}

    static NeuralNetConfiguration.Builder settings(DataType type, IUpdater updater) {
        return new NeuralNetConfiguration.Builder().seed(7).dataType(type).updater(updater);
    }

    static MultiLayerNetwork dense(DataType type, IUpdater updater, int width, ILossFunction loss) {
        var net = new MultiLayerNetwork(settings(type, updater).list()
                .layer(new DenseLayer.Builder().nOut(width).activation(Activation.TANH).build())
                .layer(new OutputLayer.Builder(loss).nOut(CLASSES).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(FEATURES)).build());
        net.init();
        return net;
    }

    static MultiLayerNetwork recurrent(DataType type, IUpdater updater, int width, ILossFunction loss) {
        var net = new MultiLayerNetwork(settings(type, updater).list()
                .layer(new LSTM.Builder().nOut(width).build())
                .layer(new RnnOutputLayer.Builder(loss).nOut(CLASSES).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.recurrent(FEATURES)).build());
        net.init();
        return net;
    }

    /** One output a step, and one of the features themselves. */
    static ComputationGraph twoOutputs(DataType type, IUpdater updater, int width, ILossFunction ofSteps,
            ILossFunction ofFeatures) {
        var graph = new ComputationGraph(settings(type, updater).graphBuilder().addInputs("steps", "features")
                .addLayer("lstm", new LSTM.Builder().nOut(width).build(), "steps")
                .addLayer("a", new RnnOutputLayer.Builder(ofSteps).nOut(CLASSES).activation(Activation.SOFTMAX).build(),
                        "lstm")
                .addLayer("b", new OutputLayer.Builder(ofFeatures).nOut(CLASSES).activation(Activation.SOFTMAX).build(),
                        "features")
                .setOutputs("a", "b")
                .setInputTypes(InputType.recurrent(FEATURES), InputType.feedForward(FEATURES)).build());
        graph.init();
        return graph;
    }
}
