package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

class TokenLossTest {
    private static final String LOGITS = "logits";
    private static final String CROSS_ENTROPY = "crossEntropy";
    private static final String KL = "kl";

    @Test
    void crossEntropyIsMinusTheTargetsLogProbability() {
        var losses = new Losses(DataType.DOUBLE, new double[][] {{0, Math.log(2), Math.log(3)}, {5, 5, 5}},
                new int[] {2, 1}, new int[][] {{0}, {0}}, new double[][] {{0}, {0}});
        assertThat(losses.values(CROSS_ENTROPY))
                .containsExactly(new double[] {Math.log(2), Math.log(3)}, within(1e-12));
    }

    @Test
    void klIsRenormalisedOverTheTopKOnBothSides() {
        // p = (3/4, 1/4) of the teacher's 0.6 and 0.2; q = (1/2, 1/2), though the student prefers an id outside the k.
        var losses = new Losses(DataType.DOUBLE, new double[][] {{50, 2, -3, 2}}, new int[] {0},
                new int[][] {{3, 1}}, new double[][] {{Math.log(0.6), Math.log(0.2)}});
        assertThat(losses.values(KL)[0]).isCloseTo(0.75 * Math.log(1.5) + 0.25 * Math.log(0.5), within(1e-12));
    }

    @Test
    void klOfOneIdIsZero() {
        var losses = new Losses(DataType.DOUBLE, new double[][] {{1, -2, 7}}, new int[] {0}, new int[][] {{1}},
                new double[][] {{-4}});
        assertThat(losses.values(KL)[0]).isCloseTo(0, within(1e-12));
        assertThat(losses.gradient(KL).norm2Number().doubleValue()).isCloseTo(0, within(1e-12));
    }

    @Test
    void klIsZeroWhereBothAgreeUpToAConstant() {
        var losses = new Losses(DataType.DOUBLE, new double[][] {{3, 1, 4, -9}, {0, -2, 6, 8}}, new int[] {0, 0},
                new int[][] {{2, 0, 1}, {3, 2, 1}}, new double[][] {{14, 13, 11}, {0, -2, -10}});
        assertThat(losses.values(KL)).containsExactly(new double[] {0, 0}, within(1e-12));
    }

    @Test
    void gradientsEqualCentralDifferences() {
        int tokens = 3;
        int vocabSize = 7;
        var random = new RandomArrays(11);
        var losses = new Losses(DataType.DOUBLE, random.normal(tokens, vocabSize).mul(2).toDoubleMatrix(),
                new int[] {6, 0, 3}, new int[][] {{6, 2, 1}, {0, 5, 3}, {4, 1, 2}},
                random.normal(tokens, 3).toDoubleMatrix());
        for (var loss : List.of(CROSS_ENTROPY, KL)) {
            var numeric = Gradient.numericOfArray(losses.logits, moved -> losses.weightedSum(loss, moved));
            assertThat(RelativeError.between(losses.gradient(loss), numeric)).as(loss).isLessThan(1e-9);
        }
        assertThat(losses.gradient(KL).getDouble(0, 0)).as("an id outside the top-k").isZero();
    }

    @Test
    void extremeLogitsStayFiniteAndRight() {
        var logits = new double[][] {{1000, -1000, -1000, 0}, {-1000, 1000, 1000, 1000}, {1000, -1000, -999, 1000}};
        var losses = new Losses(DataType.FLOAT, logits, new int[] {1, 0, 0}, new int[][] {{1, 2}, {1, 0}, {1, 2}},
                new double[][] {{0, 0}, {-1000, 1000}, {1000, -1000}});
        assertThat(losses.values(CROSS_ENTROPY))
                .containsExactly(new double[] {2000, 2000 + Math.log(3), Math.log(2)}, within(1e-3));
        // The third: all mass on an id that the student's two give 1 / (1 + e).
        assertThat(losses.values(KL)).containsExactly(new double[] {0, 2000, Math.log(1 + Math.E)}, within(1e-3));
        double q = 1 / (1 + Math.E);
        var gradient = losses.gradient(KL).toDoubleMatrix();
        assertThat(gradient[0]).containsExactly(new double[] {0, 0, 0, 0}, within(1e-6));
        assertThat(gradient[1]).containsExactly(new double[] {-2, 2, 0, 0}, within(1e-6));
        assertThat(gradient[2]).containsExactly(new double[] {0, 3 * (q - 1), 3 * (1 - q), 0}, within(1e-6));
        assertThat(losses.gradient(CROSS_ENTROPY).toDoubleMatrix()[0])
                .containsExactly(new double[] {1, -1, 0, 0}, within(1e-6));
    }

    @Test
    void eachLossAloneEqualsThePair() {
        var logits = new double[][] {{0.5, -1, 2, 0}, {1, 0, -1, 3}};
        var ids = new int[][] {{2, 0}, {3, 1}};
        var teacher = new double[][] {{-0.1, -3}, {-0.5, -0.9}};
        var pair = new Losses(DataType.DOUBLE, logits, new int[] {1, 2}, ids, teacher);
        var alone = new GraphUnderTest(DataType.DOUBLE);
        var z = alone.input(LOGITS, Nd4j.createFromArray(logits));
        var crossEntropy = TokenLoss.crossEntropy(z, alone.input("targets", Nd4j.createFromArray(1, 2)), 4);
        var kl = TokenLoss.sparseKl(new LossSpec(2, 4, 2), z, alone.input("ids", Nd4j.createFromArray(ids)),
                alone.input("teacher", Nd4j.createFromArray(teacher)));
        alone.output(CROSS_ENTROPY, crossEntropy, Losses.upstream(2));
        alone.output(KL, kl, Losses.upstream(2));
        RelativeError.assertClose(pair.graph.outputs(), alone.outputs(), 1e-15, "alone");
    }

    /** Both losses of some logits, weighted 1, 2, … by token. */
    private static final class Losses {
        final GraphUnderTest graph;
        final INDArray logits;

        private final double[][] rows;
        private final int[] targets;
        private final int[][] ids;
        private final double[][] teacher;

        Losses(DataType type, double[][] rows, int[] targets, int[][] ids, double[][] teacher) {
            this.rows = rows;
            this.targets = targets;
            this.ids = ids;
            this.teacher = teacher;
            this.logits = Nd4j.createFromArray(rows);
            this.graph = new GraphUnderTest(type);
            var pair = pair(graph);
            graph.output(CROSS_ENTROPY, pair.crossEntropy(), upstream(rows.length));
            graph.output(KL, pair.sparseKl(), upstream(rows.length));
        }

        private TokenLoss.Distillation pair(GraphUnderTest in) {
            return TokenLoss.distillation(new LossSpec(rows.length, rows[0].length, ids[0].length),
                    in.input(LOGITS, logits), in.input("targets", Nd4j.createFromArray(targets)),
                    in.input("ids", Nd4j.createFromArray(ids)), in.input("teacher", Nd4j.createFromArray(teacher)));
        }

        static INDArray upstream(int tokens) {
            return Nd4j.linspace(1, tokens, tokens, DataType.DOUBLE).reshape(tokens, 1);
        }

        double[] values(String loss) {
            return graph.outputs().get(loss).dup('c').data().asDouble();
        }

        double weightedSum(String loss, INDArray moved) {
            graph.feed(LOGITS, moved);
            return graph.outputs().get(loss).mul(upstream(rows.length)).sumNumber().doubleValue();
        }

        /** The gradient of one loss alone. */
        INDArray gradient(String loss) {
            var alone = new GraphUnderTest(graph.sd().getVariable(loss).dataType());
            var pair = pair(alone);
            SDVariable chosen = loss.equals(KL) ? pair.sparseKl() : pair.crossEntropy();
            alone.output(loss, chosen, upstream(rows.length));
            return alone.gradients(List.of(LOGITS)).get(Gradient.of(LOGITS));
        }
    }
}
