package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.layers.distillation.Students.CLASSES;
import static org.xlstm4j.layers.distillation.Students.FEATURES;

import org.deeplearning4j.earlystopping.EarlyStoppingConfiguration;
import org.deeplearning4j.earlystopping.EarlyStoppingResult;
import org.deeplearning4j.earlystopping.saver.InMemoryModelSaver;
import org.deeplearning4j.earlystopping.termination.MaxEpochsTerminationCondition;
import org.deeplearning4j.earlystopping.termination.ScoreImprovementEpochTerminationCondition;
import org.deeplearning4j.earlystopping.trainer.EarlyStoppingTrainer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.ViewIterator;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.NoOp;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;

class HeldOutDivergenceTest {
    private static final DistillationLoss LOSS = new DistillationLoss.Builder().labelWeight(0.05).teacherWeight(0.95)
            .topK(3).build();

    @Test
    void isTheMeanKlOfTheStepsThatCount() {
        var loss = new DistillationLoss.Builder().build();
        var student = Students.recurrent(DataType.DOUBLE, new NoOp(), 4, loss);
        var features = Numbers.normal(1, 2, FEATURES, 3);
        var teacher = Numbers.normal(2, 2, CLASSES, 3);
        INDArray mask = Nd4j.createFromArray(new double[][] {{1, 1, 1}, {1, 0, 0}});
        var packed = TeacherLabels.pack(loss, Numbers.oneHot(3, 2, CLASSES, 3), teacher).castTo(DataType.DOUBLE);
        var data = new ViewIterator(new DataSet(features, packed, null, mask), 2);
        var q = student.output(features);
        double sum = 0;
        for (int[] step : new int[][] {{0, 0}, {0, 1}, {0, 2}, {1, 0}}) {
            double total = 0;
            for (int id = 0; id < CLASSES; id++) {
                total += Math.exp(teacher.getDouble(step[0], id, step[1]));
            }
            for (int id = 0; id < CLASSES; id++) {
                double p = Math.exp(teacher.getDouble(step[0], id, step[1])) / total;
                sum += p * Math.log(p / q.getDouble(step[0], id, step[1]));
            }
        }
        assertThat(new HeldOutDivergence(data, loss).calculateScore(student)).isCloseTo(sum / 4, within(1e-6));
    }

    @Test
    void dataWithoutAnyRowIsRefused() {
        var student = Students.recurrent(DataType.FLOAT, new NoOp(), 4, LOSS);
        var nothing = new DataSet(Nd4j.zeros(2, FEATURES, 3), Nd4j.zeros(2, 7, 3), null, Nd4j.zeros(2, 3));
        var data = new ViewIterator(nothing, 2);
        assertThatThrownBy(() -> new HeldOutDivergence(data, LOSS).calculateScore(student))
                .isInstanceOf(IllegalStateException.class).hasMessageContaining("no held-out data");
    }

    /** Few examples that a wide student learns by heart: what it is on others turns up again. */
    @Test
    void earlyStoppingKeepsTheStudentNearestToItsTeacherOnHeldOutData() {
        var teacher = Students.dense(DataType.FLOAT, new NoOp(), 16, new LossMCXENT());
        teacher.setParams(teacher.params().mul(3));
        var training = taught(teacher, 11, 80);
        var heldOut = new HeldOutDivergence(taught(teacher, 12, 200), LOSS);
        var student = Students.dense(DataType.FLOAT, new Adam(0.03), 64, LOSS);
        double before = heldOut.calculateScore(student);
        var stopping = new EarlyStoppingConfiguration.Builder<MultiLayerNetwork>()
                .scoreCalculator(heldOut).modelSaver(new InMemoryModelSaver<>())
                .epochTerminationConditions(new MaxEpochsTerminationCondition(400),
                        new ScoreImprovementEpochTerminationCondition(10)).build();
        var result = new EarlyStoppingTrainer(stopping, student, training).fit();
        assertThat(result.getTerminationReason())
                .isEqualTo(EarlyStoppingResult.TerminationReason.EpochTerminationCondition);
        assertThat(result.getTotalEpochs()).isLessThan(400);
        double best = heldOut.calculateScore(result.getBestModel());
        assertThat(best).isLessThan(0.6 * before);
        assertThat(result.getScoreVsEpoch().values()).contains(best).allSatisfy(score ->
                assertThat(score).isGreaterThanOrEqualTo(best));
    }

    private static DistillationIterator taught(MultiLayerNetwork teacher, long seed, int examples) {
        var data = new DataSet(Numbers.normal(seed, examples, FEATURES).castTo(DataType.FLOAT),
                Numbers.oneHot(seed, examples, CLASSES).castTo(DataType.FLOAT));
        return new DistillationIterator(new ViewIterator(data, 40), Teacher.of(teacher), LOSS);
    }
}
