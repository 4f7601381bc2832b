package org.xlstm4j.modelimport;

import java.util.Random;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ParameterNames;

/** DL4J nets with layers as models have them, and data for both. */
final class DecoderNets {
    private static final int CLASSES = 3;

    private DecoderNets() {
    }

    /** A network of these layers and an output. */
    static MultiLayerNetwork network(int width, Layer... layers) {
        return network(DataType.FLOAT, width, layers);
    }

    static MultiLayerNetwork network(DataType type, int width, Layer... layers) {
        var list = settings(type).list();
        for (var layer : layers) {
            list.layer(layer);
        }
        var network = new MultiLayerNetwork(list.layer(output()).setInputType(InputType.recurrent(width)).build());
        network.init();
        return network;
    }

    /** A graph of one layer, named "attention", and an output. */
    static ComputationGraph graph(int width, Layer layer) {
        var graph = new ComputationGraph(settings(DataType.FLOAT).graphBuilder().addInputs("normed")
                .addLayer("attention", layer, "normed").addLayer("out", output(), "attention").setOutputs("out")
                .setInputTypes(InputType.recurrent(width)).build());
        graph.init();
        return graph;
    }

    private static NeuralNetConfiguration.Builder settings(DataType type) {
        return new NeuralNetConfiguration.Builder().seed(1).dataType(type).updater(new Sgd(0.1));
    }

    private static RnnOutputLayer output() {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX).build();
    }

    /** Normal inputs, [2, width, time], and a class a step. */
    static DataSet data(int width, int time) {
        INDArray inputs = Nd4j.getRandomFactory().getNewRandomInstance(7).nextGaussian(new int[] {2, width, time})
                .castTo(DataType.FLOAT);
        INDArray labels = Nd4j.zeros(DataType.FLOAT, 2, CLASSES, time);
        for (int step = 0; step < time; step++) {
            labels.putScalar(0, step % CLASSES, step, 1);
            labels.putScalar(1, step * step % CLASSES, step, 1);
        }
        return new DataSet(inputs, labels);
    }

    /** Adds noise to mixers, biases and norms, which start as ones and zeros. */
    static CausalLm withNoise(CausalLm model) {
        var random = new Random(3);
        model.parameters().forEach((name, array) -> {
            if (ParameterNames.isMixer(name) || array.rank() == 1) {
                var noise = new float[(int) array.length()];
                for (int i = 0; i < noise.length; i++) {
                    noise[i] = 0.3f * (float) random.nextGaussian();
                }
                array.addi(Nd4j.createFromArray(noise).reshape(array.shape()));
            }
        });
        return model;
    }
}
