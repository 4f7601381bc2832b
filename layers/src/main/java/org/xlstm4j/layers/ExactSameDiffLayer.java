package org.xlstm4j.layers;

import java.util.Collection;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.layers.samediff.SameDiffLayer;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A DL4J SameDiffLayer whose gradients are exact; extend it where you would extend SameDiffLayer, and
 * {@link RecurrentSameDiffLayer} where the layer carries a state.
 *
 * <p>On DL4J 1.0.0-M2.1 every SameDiffLayer back-propagates twice its gradient, N in a row 2<sup>N</sup> times it.
 * The layers of this class take the gradient into their graph another way, which is right on every release. Beyond
 * that they
 * <ul>
 * <li>take input of any shape at any time (a stock layer keeps the time length of its first input),
 * <li>add their L1, L2 and weight decay terms to the score, as other DL4J layers do,
 * <li>may leave variables in their graph that nothing reads (a stock layer takes such a one for its loss),
 * <li>really set what {@code setParam} is given, and accept masks of any data type.
 * </ul>
 * A subclass defines its parameters and its graph as DL4J documents it, and has a no-argument constructor and a getter
 * and setter for each of its settings.
 */
public abstract class ExactSameDiffLayer extends SameDiffLayer {

    protected ExactSameDiffLayer(Builder<?> builder) {
        super(builder);
    }

    /** For Jackson. */
    protected ExactSameDiffLayer() {}

    @Override
    public Layer instantiate(NeuralNetConfiguration conf, Collection<TrainingListener> trainingListeners,
            int layerIndex, INDArray layerParamsView, boolean initializeParams, DataType networkDataType) {
        var layer = new ExactLayer(conf, networkDataType);
        layer.setIndex(layerIndex);
        layer.setListeners(trainingListeners);
        layer.setParamsViewArray(layerParamsView);
        layer.setParamTable(initializer().init(conf, layerParamsView, initializeParams));
        layer.setConf(conf);
        return layer;
    }
}
