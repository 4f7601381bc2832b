package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.conf.layers.RnnOutputLayer;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.buffer.util.DataTypeUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.LossFunctions.LossFunction;

/** Small nets on recurrent input, and the data they are tried on. */
final class Nets {
    static final int CLASSES = 3;

    private Nets() {}

    /** Hidden layers below a softmax output of {@link #CLASSES} classes a step; input size inferred. */
    static MultiLayerNetwork sequential(DataType dataType, WorkspaceMode workspaces, IUpdater updater, int nIn,
            Layer... hidden) {
        var list = settings(dataType, workspaces, updater).list();
        for (Layer layer : hidden) {
            list.layer(layer);
        }
        var net = new MultiLayerNetwork(list.layer(output()).setInputType(InputType.recurrent(nIn)).build());
        net.init();
        return net;
    }

    /** The same as a ComputationGraph. */
    static ComputationGraph graph(DataType dataType, WorkspaceMode workspaces, IUpdater updater, int nIn,
            Layer... hidden) {
        var builder = settings(dataType, workspaces, updater).graphBuilder().addInputs("in");
        var below = "in";
        for (int i = 0; i < hidden.length; i++) {
            builder.addLayer("hidden" + i, hidden[i], below);
            below = "hidden" + i;
        }
        var graph = new ComputationGraph(builder.addLayer("out", output(), below).setOutputs("out")
                .setInputTypes(InputType.recurrent(nIn)).build());
        graph.init();
        return graph;
    }

    static NeuralNetConfiguration.Builder settings(DataType dataType, WorkspaceMode workspaces, IUpdater updater) {
        return new NeuralNetConfiguration.Builder().seed(12345).dataType(dataType).updater(updater)
                .trainingWorkspaceMode(workspaces).inferenceWorkspaceMode(workspaces);
    }

    static RnnOutputLayer output() {
        return new RnnOutputLayer.Builder(LossFunction.MCXENT).nOut(CLASSES).activation(Activation.SOFTMAX).build();
    }

    /** Normal values, [batch, features, time]. */
    static INDArray input(DataType dataType, int batch, int features, int time, long seed) {
        return Nd4j.getRandomFactory().getNewRandomInstance(seed).nextGaussian(new int[] {batch, features, time})
                .castTo(dataType);
    }

    /** One class a step, one-hot, [batch, CLASSES, time]. */
    static INDArray labels(DataType dataType, int batch, int time) {
        INDArray labels = Nd4j.zeros(dataType, batch, CLASSES, time);
        for (int example = 0; example < batch; example++) {
            for (int step = 0; step < time; step++) {
                labels.putScalar(example, (7 * example + 3 * step + step * step / 4) % CLASSES, step, 1);
            }
        }
        return labels;
    }

    /** 1 for the first {@code lengths[i]} steps of example i, [batch, time]. */
    static INDArray mask(DataType dataType, int time, int... lengths) {
        INDArray mask = Nd4j.zeros(dataType, lengths.length, time);
        for (int example = 0; example < lengths.length; example++) {
            for (int step = 0; step < lengths[example]; step++) {
                mask.putScalar(example, step, 1);
            }
        }
        return mask;
    }

    /** Parameter gradients of one backward pass, flattened. */
    static INDArray gradient(ComputationGraph graph, INDArray input, INDArray labels, INDArray mask) {
        graph.setInputs(input);
        graph.setLabels(labels);
        if (mask != null) {
            graph.setLayerMaskArrays(new INDArray[] {mask}, new INDArray[] {mask});
        }
        graph.computeGradientAndScore();
        INDArray gradient = graph.getGradientsViewArray().dup();
        graph.clear();
        graph.clearLayerMaskArrays();
        return gradient;
    }

    /** Parameter gradients of one backward pass, flattened. */
    static INDArray gradient(MultiLayerNetwork net, INDArray input, INDArray labels, INDArray mask) {
        net.setInput(input);
        net.setLabels(labels);
        net.setLayerMaskArrays(mask, mask);
        net.computeGradientAndScore();
        INDArray gradient = net.getGradientsViewArray().dup();
        net.clear();
        net.clearLayerMaskArrays();
        return gradient;
    }

    /** Numerical against analytical gradient, some elements of every parameter. */
    static void assertExactGradients(int nIn, INDArray input, INDArray mask, Layer... hidden) {
        inDouble(() -> {
            var net = sequential(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), nIn, hidden);
            var check = new GradientCheckUtil.MLNConfig().net(net).input(input)
                    .labels(labels(DataType.DOUBLE, (int) input.size(0), (int) input.size(2))).inputMask(mask)
                    .labelMask(mask).print(GradientCheckUtil.PrintMode.FAILURES_ONLY)
                    .subset(true).maxPerParam(hidden.length == 1 ? 6 : 2);
            assertThat(GradientCheckUtil.checkGradients(check)).as("gradients of the net").isTrue();
        });
    }

    static void assertExactGradients(ComputationGraph graph, INDArray mask, INDArray... inputs) {
        inDouble(() -> {
            var masks = mask == null ? null : new INDArray[] {mask};
            var check = new GradientCheckUtil.GraphConfig().net(graph).inputs(inputs)
                    .labels(new INDArray[] {
                            labels(DataType.DOUBLE, (int) inputs[0].size(0), (int) inputs[0].size(2))})
                    .inputMask(masks).labelMask(masks).print(GradientCheckUtil.PrintMode.FAILURES_ONLY);
            assertThat(GradientCheckUtil.checkGradients(check)).as("gradients of the graph").isTrue();
        });
    }

    private static void inDouble(Runnable check) {
        DataType before = DataTypeUtil.getDtypeFromContext();
        DataTypeUtil.setDTypeForContext(DataType.DOUBLE);
        try {
            check.run();
        } finally {
            DataTypeUtil.setDTypeForContext(before);
        }
    }

    /** Largest difference, relative to the largest value. */
    static double difference(INDArray actual, INDArray expected) {
        double scale = expected.amaxNumber().doubleValue();
        return actual.sub(expected).amaxNumber().doubleValue() / Math.max(scale, 1e-30);
    }
}
