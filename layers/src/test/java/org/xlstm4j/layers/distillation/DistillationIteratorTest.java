package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.layers.distillation.Students.CLASSES;
import static org.xlstm4j.layers.distillation.Students.FEATURES;

import java.util.List;
import org.deeplearning4j.datasets.iterator.IteratorMultiDataSetIterator;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.MultiDataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class DistillationIteratorTest {
    private static final DistillationLoss LOSS = new DistillationLoss.Builder().topK(2).build();

    private static INDArray mask() {
        return Nd4j.createFromArray(new float[][] {{1, 1, 1, 1}, {1, 1, 0, 0}, {1, 1, 1, 0}});
    }

    private static DataSet sequences() {
        return new DataSet(Numbers.normal(1, 3, FEATURES, 4).castTo(DataType.FLOAT),
                Numbers.oneHot(2, 3, CLASSES, 4).castTo(DataType.FLOAT), mask(), mask());
    }

    @Test
    void labelsHaveWhatTheTeacherSaysAndAllElseStays() {
        var teacher = Students.recurrent(DataType.FLOAT, new NoOp(), 6, new LossMCXENT());
        var data = sequences();
        var taught = new DistillationIterator(new ViewIterator(data, 3), Teacher.of(teacher),
                LOSS);
        var batch = taught.next();
        assertThat(batch.getFeatures()).isEqualTo(data.getFeatures());
        assertThat(batch.getFeaturesMaskArray()).isEqualTo(data.getFeaturesMaskArray());
        assertThat(batch.getLabelsMaskArray()).isEqualTo(data.getLabelsMaskArray());
        var output = teacher.output(data.getFeatures(), false, mask(), null);
        for (int example = 0; example < 3; example++) {
            for (int t = 0; t < mask().getRow(example).sumNumber().intValue(); t++) {
                int best = (int) batch.getLabels().getDouble(example, 1, t);
                assertThat(batch.getLabels().getDouble(example, 3, t))
                        .isCloseTo(Math.log(output.getDouble(example, best, t)), within(1e-5));
                assertThat(output.getDouble(example, best, t)).isEqualTo(max(output, example, t));
            }
        }
        taught.reset();
        assertThat(taught.next().getLabels()).isEqualTo(batch.getLabels());
    }

    private static double max(INDArray output, int example, int t) {
        double max = 0;
        for (int id = 0; id < CLASSES; id++) {
            max = Math.max(max, output.getDouble(example, id, t));
        }
        return max;
    }

    @Test
    void graphsOfSeveralOutputsAreTaughtOutputByOutput() {
        var teacher = Students.twoOutputs(DataType.FLOAT, new NoOp(), 8, new LossMCXENT(), new LossMCXENT());
        var data = new MultiDataSet(
                new INDArray[] {sequences().getFeatures(), Numbers.normal(4, 3, FEATURES).castTo(DataType.FLOAT)},
                new INDArray[] {sequences().getLabels(), Numbers.oneHot(5, 3, CLASSES).castTo(DataType.FLOAT)},
                null, new INDArray[] {mask(), null});
        var losses = new DistillationLoss[] {LOSS.withWeights(0.1, 0.9), null};
        var student = Students.twoOutputs(DataType.FLOAT, new Adam(0.02), 8, losses[0], new LossMCXENT());
        var source = new IteratorMultiDataSetIterator(
                List.<org.nd4j.linalg.dataset.api.MultiDataSet>of(data).iterator(), 3);
        var taught = new DistillationMultiIterator(source, Teacher.of(teacher), losses);
        var batch = taught.next();
        assertThat(batch.getLabels(0).shape()).containsExactly(3, 5, 4);
        assertThat(batch.getLabels(1)).isEqualTo(data.getLabels(1));
        double before = student.score(batch);
        for (int step = 0; step < 100; step++) {
            student.fit(batch);
        }
        assertThat(student.score(batch)).isLessThan(0.5 * before);
    }

    @Test
    void teachersOfLogitsAndOfProbabilitiesSayTheSame() {
        var probabilities = Students.dense(DataType.FLOAT, new NoOp(), 6, new LossMCXENT());
        var logits = Students.dense(DataType.FLOAT, new NoOp(), 6, new LossMCXENT());
        ((org.deeplearning4j.nn.conf.layers.BaseLayer) logits.getOutputLayer().conf().getLayer())
                .setActivationFn(new ActivationIdentity());
        var features = new INDArray[] {Numbers.normal(8, 9, FEATURES).castTo(DataType.FLOAT)};
        var labels = Numbers.oneHot(9, 9, CLASSES);
        var a = TeacherLabels.pack(LOSS, labels, Teacher.of(probabilities).logits(features, null)[0]);
        var b = TeacherLabels.pack(LOSS, labels, Teacher.of(logits).logits(features, null)[0]);
        assertThat(Numbers.difference(a, b)).isLessThan(1e-5);
    }

    @Test
    void unfitTeachersAreRefused() {
        var two = Students.twoOutputs(DataType.FLOAT, new NoOp(), 8, new LossMCXENT(), new LossMCXENT());
        var twice = Teacher.of(two);
        var data = sequences();
        Teacher ofTwo = (features, masks) -> twice.logits(
                new INDArray[] {features[0], Numbers.normal(4, 3, FEATURES).castTo(DataType.FLOAT)}, null);
        var taught = new DistillationIterator(new ViewIterator(data, 3), ofTwo, LOSS);
        assertThatThrownBy(taught::next).hasMessageContaining("2 outputs");
    }
}
