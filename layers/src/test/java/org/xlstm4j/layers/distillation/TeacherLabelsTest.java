package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.loss.Divergence;
import org.xlstm4j.ops.loss.Divergence.Tail;

class TeacherLabelsTest {
    private static final DistillationLoss TOP_TWO = new DistillationLoss.Builder().topK(2).build();
    private static final INDArray LOGITS = Nd4j.createFromArray(new double[][] {
        {Math.log(0.1), Math.log(0.6), Math.log(0.3)}, {7 + Math.log(0.5), 7 + Math.log(0.25), 7 + Math.log(0.25)}});

    @Test
    void targetThenIdsThenNormalisedLogProbabilities() {
        var labels = Nd4j.createFromArray(new double[][] {{0, 0, 1}, {1, 0, 0}});
        var packed = TeacherLabels.pack(TOP_TWO, labels, LOGITS);
        assertThat(packed.dataType()).isEqualTo(DataType.FLOAT);
        assertThat(packed.toFloatMatrix()[0]).containsExactly(new float[] {2, 1, 2, (float) Math.log(0.6),
            (float) Math.log(0.3)}, within(1e-6f));
        assertThat(packed.toFloatMatrix()[1]).as("the lower of two equals").containsExactly(
                new float[] {0, 0, 1, (float) Math.log(0.5), (float) Math.log(0.25)}, within(1e-6f));
    }

    @Test
    void tailIsTheRestsLogProbability() {
        var loss = new DistillationLoss.Builder().topK(2)
                .divergence(Divergence.FORWARD_KL.withTail(Tail.GIVEN)).build();
        var packed = TeacherLabels.pack(loss, Nd4j.createFromArray(new double[][] {{1}, {0}}), LOGITS);
        assertThat(packed.shape()).containsExactly(2, 6);
        assertThat(packed.getDouble(0, 0)).isEqualTo(1);
        assertThat(packed.getDouble(0, 5)).isCloseTo(Math.log(0.1), within(1e-6));
        assertThat(packed.getDouble(1, 5)).isCloseTo(Math.log(0.25), within(1e-6));
    }

    @Test
    void allClassesFollowTheTarget() {
        var loss = new DistillationLoss.Builder().build();
        var packed = TeacherLabels.pack(loss, Nd4j.createFromArray(new double[][] {{1}, {0}}), LOGITS);
        assertThat(packed.toFloatMatrix()[1]).containsExactly(
                new float[] {0, (float) Math.log(0.5), (float) Math.log(0.25), (float) Math.log(0.25)}, within(1e-6f));
    }

    @Test
    void stepsOfSequencesArePackedEachOnItsOwn() {
        var teacher = Numbers.normal(4, 3, 5, 7);
        var labels = Numbers.oneHot(5, 3, 5, 7);
        var packed = TeacherLabels.pack(TOP_TWO, labels, teacher);
        assertThat(packed.shape()).containsExactly(3, 5, 7);
        for (int t = 0; t < 7; t++) {
            var step = NDArrayIndex.point(t);
            var expected = TeacherLabels.pack(TOP_TWO, labels.get(NDArrayIndex.all(), NDArrayIndex.all(), step).dup(),
                    teacher.get(NDArrayIndex.all(), NDArrayIndex.all(), step).dup());
            assertThat(packed.get(NDArrayIndex.all(), NDArrayIndex.all(), step).dup()).isEqualTo(expected);
        }
    }

    @Test
    void whatDoesNotFitIsRefused() {
        assertThatThrownBy(() -> TeacherLabels.pack(TOP_TWO, Nd4j.ones(2, 4), LOGITS))
                .hasMessageContaining("[2, 4]").hasMessageContaining("[2, 3]");
        assertThatThrownBy(() -> TeacherLabels.pack(TOP_TWO, Nd4j.ones(2, 3, 4), Nd4j.ones(2, 3, 5)))
                .hasMessageContaining("[2, 3, 4]").hasMessageContaining("[2, 3, 5]");
        assertThatThrownBy(() -> TeacherLabels.pack(new DistillationLoss.Builder().topK(4).build(), LOGITS, LOGITS))
                .hasMessageContaining("topK is 4").hasMessageContaining("3 classes");
    }
}
