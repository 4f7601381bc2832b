package org.xlstm4j.layers.distillation;

import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.Model;
import org.deeplearning4j.nn.conf.layers.BaseLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Whoever knows how likely classes are, such as a trained net. */
@FunctionalInterface
public interface Teacher {

    /**
     * Log-probabilities or logits of all classes, an array an output: [minibatch, classes] or
     * [minibatch, classes, time].
     *
     * @param features      an array an input
     * @param featuresMasks a mask an input, entries of which may be null; null where there are none
     */
    INDArray[] logits(INDArray[] features, INDArray[] featuresMasks);

    /** A net in inference mode whose outputs have the activation softmax or identity. */
    static Teacher of(Model net) {
        if (net instanceof MultiLayerNetwork sequential) {
            return (features, masks) -> new INDArray[] {
                logits(sequential.getOutputLayer(),
                        sequential.output(features[0], false, masks == null ? null : masks[0], null))};
        }
        if (net instanceof ComputationGraph graph) {
            return (features, masks) -> {
                var outputs = graph.output(false, features, masks);
                for (int i = 0; i < outputs.length; i++) {
                    outputs[i] = logits(graph.getOutputLayer(i), outputs[i]);
                }
                return outputs;
            };
        }
        throw new IllegalArgumentException("a teacher is a MultiLayerNetwork or a ComputationGraph, was "
                + net.getClass().getName());
    }

    /** Softmax taken back: the logarithms of the output's probabilities. */
    private static INDArray logits(Layer layer, INDArray output) {
        var activation = layer.conf().getLayer() instanceof BaseLayer configured ? configured.getActivationFn() : null;
        if (activation instanceof ActivationSoftmax) {
            return Transforms.log(Transforms.max(output, Float.MIN_NORMAL), false);
        }
        if (activation instanceof ActivationIdentity) {
            return output;
        }
        throw new IllegalArgumentException("a teacher's output layer must have the activation SOFTMAX or IDENTITY, was "
                + activation + " in " + layer.conf().getLayer());
    }
}
