package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.io.File;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;

class CpuHeadLossTest extends HeadLossContract {
    @Override
    protected Form form() {
        return Form.CPU;
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
        var of = HeadLossCase.random(300, 6, 1100, 1);
        FusedOps.assertSound(crossEntropy(of), DIFFERENTIATED);
    }

    @Test
    void vocabularyInSeveralSpansAddsUp() {
        var of = HeadLossCase.random(5000, 2, 1040, 3);
        assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance(), "two spans");
        var withTail = of.withDivergence(Divergence.REVERSE_KL.withTail(Divergence.Tail.REST));
        assertClose(pair(withTail).run(DIFFERENTIATED), withTail.expected(), tolerance(), "two spans and a tail");
    }

    @Test
    void idOutsideTheVocabularyIsNamed() {
        var of = HeadLossCase.random(3, 2, 5, 2);
        assertThatThrownBy(() -> crossEntropy(of.withIds(new int[] {0, 5, 1}, of.ids())).outputs())
                .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("target 5 of token 1");
        assertThatThrownBy(() -> pair(of.withIds(of.targets(), new int[][] {{0, 1}, {2, 3}, {4, -1}})).outputs())
                .isInstanceOf(IndexOutOfBoundsException.class).hasMessageContaining("teacher id -1 of token 2");
    }

    @Test
    void restOfWhatIsNoProbabilityIsRefused() {
        var of = HeadLossCase.random(3, 2, 9, 2).withDivergence(Divergence.FORWARD_KL.withTail(Divergence.Tail.REST));
        var logits = of.withTeacher(Nd4j.createFromArray(new double[][] {{-1, -2}, {0.5, 1}, {-3, -1}}));
        assertThatThrownBy(() -> pair(logits).outputs()).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sum up to 4.36").hasMessageContaining("Tail.GIVEN");
    }

    @Test
    void teacherValuesOfAnotherDivergenceAreRefused() {
        var given = Divergence.REVERSE_KL.withTail(Divergence.Tail.GIVEN);
        var of = HeadLossCase.random(3, 2, 9, 2).withDivergence(given);
        var tooFew = of.withTeacher(Nd4j.zeros(DataType.DOUBLE, 3, 2));
        assertThatThrownBy(() -> pair(tooFew).outputs()).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("3 × 2").hasMessageContaining("3 tokens, each with 3");
    }

    @Test
    void idsMayLieInAnyOrder() {
        var of = HeadLossCase.random(4, 3, 50, 2);
        var graph = pair(of);
        var expected = graph.run(DIFFERENTIATED);
        graph.feed("ids", Nd4j.createFromArray(of.ids()).dup('f'));
        assertClose(graph.run(DIFFERENTIATED), expected, 0, "Fortran order");
    }

    @Test
    void savedGraphHasTheSameLosses(@TempDir File directory) {
        var graph = pair(HeadLossCase.random(4, 3, 50, 2));
        var expected = graph.outputs();
        var file = new File(directory, "graph.fb");
        graph.sd().save(file, false);
        SameDiff.load(file, false).output(graph.feeds(), CROSS_ENTROPY, SPARSE_KL).forEach((name, value) ->
                assertClose(Map.of(name, value), Map.of(name, expected.get(name)), 0, "loaded"));
    }
}
