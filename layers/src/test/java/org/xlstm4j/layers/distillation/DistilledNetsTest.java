package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.layers.distillation.Students.CLASSES;
import static org.xlstm4j.layers.distillation.Students.FEATURES;

import java.nio.file.Path;
import java.util.List;
import org.deeplearning4j.gradientcheck.GradientCheckUtil;
import org.deeplearning4j.nn.conf.ComputationGraphConfiguration;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.DenseLayer;
import org.deeplearning4j.nn.conf.layers.LSTM;
import org.deeplearning4j.nn.conf.layers.LossLayer;
import org.deeplearning4j.nn.conf.layers.RnnLossLayer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.util.ModelSerializer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.activations.Activation;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.buffer.util.DataTypeUtil;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.xlstm4j.ops.loss.Divergence;
import org.xlstm4j.ops.loss.Divergence.Tail;

/** The loss in DL4J's nets: sequential and graphs, feed-forward and recurrent. */
class DistilledNetsTest {
    private static final DistillationLoss LOSS = new DistillationLoss.Builder().topK(3).labelWeight(0.5)
            .teacherWeight(0.5).divergence(new Divergence(0.3, 2, Tail.REST)).build();
    private static final DistillationLoss DENSE = new DistillationLoss.Builder()
            .divergence(Divergence.REVERSE_KL).build();

    private static INDArray packed(DistillationLoss loss, long... shape) {
        return TeacherLabels.pack(loss, Numbers.oneHot(1, shape), Numbers.normal(2, shape).mul(2))
                .castTo(DataType.DOUBLE);
    }

    private static INDArray mask() {
        return Nd4j.createFromArray(new double[][] {{1, 1, 1, 1}, {1, 1, 0, 0}, {0, 1, 1, 0}});
    }

    private static void assertExact(GradientCheckUtil.MLNConfig check) {
        inDouble(() -> assertThat(GradientCheckUtil.checkGradients(check
                .subset(true).maxPerParam(12)
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY))).isTrue());
    }

    private static void assertExact(GradientCheckUtil.GraphConfig check) {
        inDouble(() -> assertThat(GradientCheckUtil.checkGradients(check
                .print(GradientCheckUtil.PrintMode.FAILURES_ONLY))).isTrue());
    }

    private static void inDouble(Runnable check) {
        var before = DataTypeUtil.getDtypeFromContext();
        DataTypeUtil.setDTypeForContext(DataType.DOUBLE);
        try {
            check.run();
        } finally {
            DataTypeUtil.setDTypeForContext(before);
        }
    }

    @Test
    void feedForwardGradientsAreRight() {
        for (var loss : List.of(LOSS, DENSE)) {
            var net = Students.dense(DataType.DOUBLE, new NoOp(), 4, loss);
            assertExact(new GradientCheckUtil.MLNConfig().net(net)
                    .input(Numbers.normal(3, 6, FEATURES)).labels(packed(loss, 6, CLASSES))
                    .labelMask(Nd4j.createFromArray(new double[] {1, 0, 1, 1, 0, 1}).reshape(6, 1)));
        }
    }

    @Test
    void recurrentGradientsAreRightWithMasks() {
        for (var loss : List.of(LOSS, DENSE)) {
            var net = Students.recurrent(DataType.DOUBLE, new NoOp(), 3, loss);
            assertExact(new GradientCheckUtil.MLNConfig().net(net)
                    .input(Numbers.normal(3, 3, FEATURES, 4)).labels(packed(loss, 3, CLASSES, 4))
                    .inputMask(mask()).labelMask(mask()));
        }
    }

    /** Layers without parameters of their own, over the outputs of the one below. */
    @Test
    void gradientsOfLossLayersAreRight() {
        var dense = new MultiLayerNetwork(Students.settings(DataType.DOUBLE, new NoOp()).list()
                .layer(new DenseLayer.Builder().nOut(CLASSES).activation(Activation.TANH).build())
                .layer(new LossLayer.Builder(LOSS).activation(Activation.SOFTMAX).build())
                .setInputType(InputType.feedForward(FEATURES)).build());
        dense.init();
        assertExact(new GradientCheckUtil.MLNConfig().net(dense).input(Numbers.normal(3, 6, FEATURES))
                .labels(packed(LOSS, 6, CLASSES)));
        var recurrent = new MultiLayerNetwork(Students.settings(DataType.DOUBLE, new NoOp()).list()
                .layer(new LSTM.Builder().nOut(CLASSES).build())
                .layer(new RnnLossLayer.Builder(LOSS).activation(Activation.IDENTITY).build())
                .setInputType(InputType.recurrent(FEATURES)).build());
        recurrent.init();
        assertExact(new GradientCheckUtil.MLNConfig().net(recurrent).input(Numbers.normal(3, 3, FEATURES, 4))
                .labels(packed(LOSS, 3, CLASSES, 4)).labelMask(mask()));
    }

    @Test
    void graphGradientsAreRight() {
        var graph = Students.twoOutputs(DataType.DOUBLE, new NoOp(), 3, LOSS, DENSE);
        assertExact(new GradientCheckUtil.GraphConfig().net(graph)
                .inputs(new INDArray[] {Numbers.normal(3, 3, FEATURES, 4), Numbers.normal(4, 3, FEATURES)})
                .labels(new INDArray[] {packed(LOSS, 3, CLASSES, 4), packed(DENSE, 3, CLASSES)})
                .labelMask(new INDArray[] {mask(), null}));
    }

    @Test
    void maskedStepsCountForNothing() {
        var net = Students.recurrent(DataType.DOUBLE, new NoOp(), 3, LOSS);
        var features = Numbers.normal(3, 3, FEATURES, 4);
        var labels = packed(LOSS, 3, CLASSES, 4);
        double before = net.score(new DataSet(features, labels, null, mask()));
        labels.putScalar(2, 0, 0, -100);
        assertThat(net.score(new DataSet(features, labels, null, mask()))).isEqualTo(before);
        var data = new DataSet(features, labels, null, mask());
        assertThat(net.scoreExamples(data, false).sumNumber().doubleValue() / 3).isCloseTo(before, within(1e-9));
    }

    @Test
    void configurationsSurviveJsonAndYaml() {
        var net = Students.recurrent(DataType.FLOAT, new NoOp(), 3, LOSS).getLayerWiseConfigurations();
        assertThat(MultiLayerConfiguration.fromJson(net.toJson())).isEqualTo(net);
        assertThat(MultiLayerConfiguration.fromYaml(net.toYaml())).isEqualTo(net);
        var graph = Students.twoOutputs(DataType.FLOAT, new NoOp(), 3, LOSS, DENSE).getConfiguration();
        assertThat(ComputationGraphConfiguration.fromJson(graph.toJson())).isEqualTo(graph);
        assertThat(graph.toJson()).contains("\"temperature\" : 2.0", "\"tail\" : \"REST\"");
    }

    @Test
    void savedStudentGoesOnAsTheOriginal(@TempDir Path folder) throws Exception {
        var net = Students.recurrent(DataType.FLOAT, new Adam(0.01), 3, LOSS);
        var data = new DataSet(Numbers.normal(3, 3, FEATURES, 4).castTo(DataType.FLOAT),
                packed(LOSS, 3, CLASSES, 4).castTo(DataType.FLOAT));
        net.fit(data);
        var file = folder.resolve("student.zip").toFile();
        ModelSerializer.writeModel(net, file, true);
        var loaded = ModelSerializer.restoreMultiLayerNetwork(file, true);
        net.fit(data);
        loaded.fit(data);
        assertThat(loaded.params()).isEqualTo(net.params());
    }

    @Test
    void studentComesToAnswerAsItsTeacher() {
        var teacher = Students.dense(DataType.FLOAT, new NoOp(), 16, new LossMCXENT());
        teacher.setParams(teacher.params().mul(3));
        var data = new DataSet(Numbers.normal(5, 64, FEATURES).castTo(DataType.FLOAT),
                Numbers.oneHot(6, 64, CLASSES).castTo(DataType.FLOAT));
        for (var loss : List.of(LOSS.withWeights(0, 1), DENSE.withWeights(0, 1))) {
            var student = Students.dense(DataType.FLOAT, new Adam(0.02), 16, loss);
            var taught = new DistillationIterator(new ViewIterator(data, 64), Teacher.of(teacher), loss);
            var distance = new HeldOutDivergence(taught, loss);
            double before = distance.calculateScore(student);
            student.fit(taught, 200);
            assertThat(distance.calculateScore(student)).isLessThan(0.05 * before);
            assertThat(distance.calculateScore(teacher)).isCloseTo(0, within(1e-6));
        }
    }

    @Test
    void halfPrecisionLabelsAreRefusedRatherThanRounded() {
        MultiLayerNetwork net = Students.dense(DataType.HALF, new NoOp(), 4, LOSS);
        var data = new DataSet(Numbers.normal(3, 6, FEATURES).castTo(DataType.HALF),
                packed(LOSS, 6, CLASSES).castTo(DataType.HALF));
        assertThatThrownBy(() -> net.score(data)).hasMessageContaining("must be FLOAT or DOUBLE");
    }
}
