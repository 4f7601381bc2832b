package org.xlstm4j.layers.distillation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.activations.IActivation;
import org.nd4j.linalg.activations.impl.ActivationIdentity;
import org.nd4j.linalg.activations.impl.ActivationSoftmax;
import org.nd4j.linalg.activations.impl.ActivationTanH;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.nd4j.linalg.lossfunctions.ILossFunction;
import org.nd4j.linalg.lossfunctions.impl.LossMCXENT;
import org.xlstm4j.ops.loss.Divergence;
import org.xlstm4j.ops.loss.Divergence.Tail;
import org.xlstm4j.ops.loss.LossSpec;
import org.xlstm4j.ops.loss.TokenLoss;

class DistillationLossTest {
    private static final int ROWS = 35;
    private static final int CLASSES = 9;
    private static final int K = 4;
    private static final IActivation SOFTMAX = new ActivationSoftmax();

    private static INDArray normal(long seed, long... shape) {
        return Numbers.normal(seed, shape).mul(2);
    }

    private static INDArray targets() {
        var targets = Nd4j.create(DataType.DOUBLE, ROWS, 1);
        for (int row = 0; row < ROWS; row++) {
            targets.putScalar(row, 0, row * 5 % CLASSES);
        }
        return targets;
    }

    private static INDArray labels(DistillationLoss loss) {
        return TeacherLabels.pack(loss, targets(), normal(2, ROWS, CLASSES)).castTo(DataType.DOUBLE);
    }

    static Stream<DistillationLoss> losses() {
        return Stream.of(0.0, 0.5, 1.0).flatMap(beta -> Stream.of(Tail.values()).flatMap(tail -> Stream.of(1.0, 2.0)
                .map(temperature -> new DistillationLoss.Builder().topK(K).labelWeight(0.7).teacherWeight(1.3)
                        .divergence(new Divergence(beta, temperature, tail)).build())));
    }

    @ParameterizedTest
    @MethodSource("losses")
    void equalsTheSameDiffLosses(DistillationLoss loss) {
        var logits = normal(1, ROWS, CLASSES);
        var labels = labels(loss);
        var sd = SameDiff.create();
        var z = sd.var("z", logits);
        int values = loss.divergence().teacherValues(K);
        var pair = TokenLoss.distillation(new LossSpec(ROWS, CLASSES, K, loss.divergence()), z,
                sd.constant(labels.getColumn(0).castTo(DataType.INT32)),
                sd.constant(labels.get(NDArrayIndex.all(), NDArrayIndex.interval(1, 1 + K)).castTo(DataType.INT32)),
                sd.constant(labels.get(NDArrayIndex.all(), NDArrayIndex.interval(1 + K, 1 + K + values)).dup()));
        var sum = pair.crossEntropy().mul(0.7).add(pair.sparseKl().mul(1.3));
        sd.setLossVariables(sum.sum().name());
        assertThat(difference(loss.computeScoreArray(labels, logits, SOFTMAX, null), sum.eval())).isLessThan(1e-9);
        assertThat(difference(loss.computeGradient(labels, logits, SOFTMAX, null),
                sd.calculateGradients(null, "z").get("z"))).isLessThan(1e-9);
    }

    private static double difference(INDArray a, INDArray b) {
        assertThat(a.shape()).isEqualTo(b.shape());
        return a.sub(b).amaxNumber().doubleValue();
    }

    @ParameterizedTest
    @MethodSource("losses")
    void gradientEqualsCentralDifferences(DistillationLoss loss) {
        assertGradient(loss, labels(loss));
    }

    @Test
    void gradientOverAllClassesEqualsCentralDifferences() {
        var loss = new DistillationLoss.Builder().divergence(Divergence.jensenShannon(0.3).withTemperature(3))
                .teacherWeight(2).build();
        assertGradient(loss, labels(loss));
        var alone = loss.withWeights(0, 1);
        assertGradient(alone, normal(2, ROWS, CLASSES));
    }

    private static void assertGradient(ILossFunction loss, INDArray labels) {
        var logits = normal(1, ROWS, CLASSES);
        var mask = Nd4j.linspace(0, 2, ROWS, DataType.DOUBLE).reshape(ROWS, 1);
        var gradient = loss.computeGradient(labels, logits, SOFTMAX, mask);
        double step = 1e-5;
        for (int i = 0; i < ROWS * CLASSES; i++) {
            double original = logits.getDouble(i);
            double up = loss.computeScore(labels, logits.putScalar(i, original + step), SOFTMAX, mask, false);
            double down = loss.computeScore(labels, logits.putScalar(i, original - step), SOFTMAX, mask, false);
            logits.putScalar(i, original);
            assertThat(gradient.getDouble(i)).isCloseTo((up - down) / (2 * step), within(1e-7));
        }
    }

    @Test
    void labelsAloneAreDl4jsCrossEntropy() {
        var loss = new DistillationLoss.Builder().topK(2).labelWeight(1).teacherWeight(0).build();
        var logits = normal(1, ROWS, CLASSES);
        var oneHot = Nd4j.zeros(DataType.DOUBLE, ROWS, CLASSES);
        for (int row = 0; row < ROWS; row++) {
            oneHot.putScalar(row, targets().getInt(row, 0), 1);
        }
        var stock = new LossMCXENT();
        assertThat(loss.computeScore(labels(loss), logits, SOFTMAX, null, true))
                .isCloseTo(stock.computeScore(oneHot, logits.dup(), SOFTMAX, null, true), within(1e-9));
        assertThat(difference(loss.computeGradient(labels(loss), logits, SOFTMAX, null),
                stock.computeGradient(oneHot, logits.dup(), SOFTMAX, null))).isLessThan(1e-9);
    }

    @Test
    void denseKlAloneIsDl4jsCrossEntropyWithTheTeacherLessItsEntropy() {
        var loss = new DistillationLoss.Builder().labelWeight(0).teacherWeight(1).build();
        var logits = normal(1, ROWS, CLASSES);
        var teacher = normal(2, ROWS, CLASSES);
        var p = Nd4j.nn.softmax(teacher, 1);
        double entropy = -p.mul(org.nd4j.linalg.ops.transforms.Transforms.log(p)).sumNumber().doubleValue();
        var stock = new LossMCXENT();
        assertThat(loss.computeScore(teacher, logits, SOFTMAX, null, false))
                .isCloseTo(stock.computeScore(p, logits.dup(), SOFTMAX, null, false) - entropy, within(1e-8));
        assertThat(difference(loss.computeGradient(teacher, logits, SOFTMAX, null),
                stock.computeGradient(p, logits.dup(), SOFTMAX, null))).isLessThan(1e-9);
    }

    @Test
    void maskedRowsHaveNoLossWhateverTheirLabels() {
        var loss = losses().findFirst().orElseThrow();
        var labels = labels(loss);
        var logits = normal(1, ROWS, CLASSES);
        var mask = Nd4j.ones(DataType.DOUBLE, ROWS, 1);
        mask.putScalar(3, 0, 0);
        var before = loss.computeScoreArray(labels, logits, SOFTMAX, null);
        labels.getRow(3).assign(-7);
        var after = loss.computeScoreArray(labels, logits, SOFTMAX, mask);
        assertThat(after.getDouble(3)).isZero();
        before.putScalar(3, 0, 0);
        assertThat(after).isEqualTo(before);
        assertThat(loss.computeGradient(labels, logits, SOFTMAX, mask).getRow(3).amaxNumber().doubleValue()).isZero();
    }

    @Test
    void valuesTypesOrdersAndViewsMakeNoDifference() {
        var loss = losses().findFirst().orElseThrow();
        var labels = labels(loss);
        var logits = normal(1, ROWS, CLASSES);
        var expected = loss.computeGradient(labels, logits, SOFTMAX, null);
        var view = Nd4j.hstack(logits, logits).get(NDArrayIndex.all(), NDArrayIndex.interval(CLASSES, 2 * CLASSES));
        assertThat(loss.computeGradient(labels.dup('f'), view, new ActivationIdentity(), null)).isEqualTo(expected);
        var inFloat = loss.computeGradient(labels.castTo(DataType.FLOAT), logits.castTo(DataType.FLOAT), SOFTMAX, null);
        assertThat(inFloat.dataType()).isEqualTo(DataType.FLOAT);
        assertThat(difference(inFloat.castTo(DataType.DOUBLE), expected)).isLessThan(1e-5);
    }

    @Test
    void extremeLogitsStayFinite() {
        for (var loss : losses().toList()) {
            var labels = labels(loss);
            var logits = normal(1, ROWS, CLASSES).mul(1e4);
            assertThat(loss.computeScore(labels, logits, SOFTMAX, null, false)).isFinite();
            assertThat(loss.computeGradient(labels, logits, SOFTMAX, null).sumNumber().doubleValue()).isFinite();
        }
    }

    @Test
    void whatDoesNotFitIsNamed() {
        var loss = losses().findFirst().orElseThrow();
        var logits = normal(1, ROWS, CLASSES);
        assertThatThrownBy(() -> loss.computeScore(labels(loss), logits, new ActivationTanH(), null, false))
                .hasMessageContaining("SOFTMAX or IDENTITY").hasMessageContaining("tanh");
        assertThatThrownBy(() -> loss.computeScore(normal(1, ROWS, 8), logits, SOFTMAX, null, false))
                .hasMessageContaining("9 numbers a row (a target, 4 ids, 4 values of the teacher)")
                .hasMessageContaining("[35, 8]");
        assertThatThrownBy(() -> loss.computeScore(labels(loss).castTo(DataType.HALF), logits, SOFTMAX, null, false))
                .hasMessageContaining("FLOAT or DOUBLE").hasMessageContaining("HALF");
        assertThatThrownBy(() -> loss.computeScore(labels(loss), logits, SOFTMAX, Nd4j.ones(ROWS, CLASSES), false))
                .hasMessageContaining("a number a row").hasMessageContaining("[35, 9]");
        assertThatThrownBy(() -> loss.computeScore(labels(loss).putScalar(2, 0, 9), logits, SOFTMAX, null, false))
                .hasMessageContaining("row 2").hasMessageContaining("target 9.0").hasMessageContaining("9 classes");
        assertThatThrownBy(() -> loss.computeScore(labels(loss).putScalar(2, 1, 0.5), logits, SOFTMAX, null, false))
                .hasMessageContaining("teacher's id 0.5");
        var twice = labels(loss);
        twice.putScalar(4, 1, twice.getDouble(4, 2));
        assertThatThrownBy(() -> loss.computeScore(twice, logits, SOFTMAX, null, false))
                .hasMessageContaining("row 4").hasMessageContaining("twice");
        var builder = new DistillationLoss.Builder();
        assertThatThrownBy(() -> builder.topK(-1).build()).hasMessageContaining("topK");
        assertThatThrownBy(() -> builder.topK(1).labelWeight(-1).build()).hasMessageContaining("labelWeight");
        assertThatThrownBy(() -> new DistillationLoss.Builder()
                .divergence(Divergence.FORWARD_KL.withTail(Tail.REST)).build()).hasMessageContaining("tail");
    }
}
