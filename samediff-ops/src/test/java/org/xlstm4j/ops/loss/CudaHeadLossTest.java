package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaHeadLossTest extends HeadLossContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        FusedOps.assertSound(pair(HeadLossCase.random(300, 6, 1100, 9)), DIFFERENTIATED);
        var between = new Divergence(0.4, 2, Divergence.Tail.REST);
        FusedOps.assertSound(pair(HeadLossCase.random(300, 6, 1100, 9).withDivergence(between)), DIFFERENTIATED);
        FusedOps.assertSound(crossEntropy(HeadLossCase.random(300, 6, 1101, 1)), DIFFERENTIATED);
    }

    @Test
    void tokensInSeveralSpansAddUp() {
        var of = HeadLossCase.random(140, 1, 1 << 20, 3);
        assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance(), "two spans");
        var withTail = of.withDivergence(Divergence.REVERSE_KL.withTail(Divergence.Tail.REST));
        assertClose(pair(withTail).run(DIFFERENTIATED), withTail.expected(), tolerance(), "two spans and a tail");
    }

    @ParameterizedTest
    @CsvSource({"TF32, 2e-3", "BFLOAT16, 2e-2", "FLOAT16, 2e-3"})
    void precisionBoundsTheRounding(Precision precision, double tolerance) {
        var of = HeadLossCase.random(65, 70, 129, 5);
        assertClose(Precision.with(precision, () -> pair(of)).run(DIFFERENTIATED), of.expected(), tolerance,
                precision.name());
    }

    @Test
    void idOutsideTheVocabularyMakesItsTokensLossesNaN() {
        var of = HeadLossCase.random(3, 2, 5, 2);
        var losses = pair(of.withIds(new int[] {0, 5, 1}, new int[][] {{0, 1}, {2, 3}, {4, -1}})).outputs();
        var expected = of.withIds(new int[] {0, 0, 1}, new int[][] {{0, 1}, {2, 3}, {4, 0}}).expected();
        for (int t = 0; t < 3; t++) {
            assertIs(t == 1, losses.get(CROSS_ENTROPY).getDouble(t), expected.get(CROSS_ENTROPY).getDouble(t));
            assertIs(t == 2, losses.get(SPARSE_KL).getDouble(t), expected.get(SPARSE_KL).getDouble(t));
        }
    }

    private static void assertIs(boolean nan, double actual, double expected) {
        assertThat(Double.isNaN(actual)).isEqualTo(nan);
        if (!nan) {
            assertThat(actual).isCloseTo(expected, within(1e-4));
        }
    }

    @Test
    void idsMayLieInAnyOrder() {
        var of = HeadLossCase.random(4, 3, 50, 2);
        var graph = pair(of);
        var expected = graph.run(DIFFERENTIATED);
        graph.feed("ids", Nd4j.createFromArray(of.ids()).dup('f'));
        assertClose(graph.run(DIFFERENTIATED), expected, 0, "Fortran order");
    }
}
