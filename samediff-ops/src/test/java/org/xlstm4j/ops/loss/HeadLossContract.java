package org.xlstm4j.ops.loss;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.loss.Divergence.Tail;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the losses over a head keeps to. */
abstract class HeadLossContract {
    static final String CROSS_ENTROPY = "crossEntropy";
    static final String SPARSE_KL = "sparseKl";
    static final List<String> DIFFERENTIATED = List.of("hidden", "head");

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    final double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-9 : RelativeError.tolerance(dataType());
    }

    /** A graph of the type that the form computes in. */
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType());
    }

    final GraphUnderTest pair(HeadLossCase of) {
        return graph(of, List.of(CROSS_ENTROPY, SPARSE_KL));
    }

    /** A graph of both losses, of which those named have gradients. */
    private GraphUnderTest graph(HeadLossCase of, List<String> outputs) {
        var graph = newGraph();
        return graph(graph, of, graph.parameter("head", of.head()), outputs);
    }

    private GraphUnderTest graph(GraphUnderTest graph, HeadLossCase of, SDVariable head, List<String> outputs) {
        var pair = Form.with(form(), () -> HeadLoss.distillation(of.spec(), graph.input("hidden", of.hidden()), head,
                graph.input("targets", Nd4j.createFromArray(of.targets())),
                graph.input("ids", Nd4j.createFromArray(of.ids())), graph.input("teacher", of.teacher())));
        if (outputs.contains(CROSS_ENTROPY)) {
            graph.output(CROSS_ENTROPY, pair.crossEntropy(), of.dCrossEntropy());
        }
        if (outputs.contains(SPARSE_KL)) {
            graph.output(SPARSE_KL, pair.sparseKl(), of.dSparseKl());
        }
        return graph;
    }

    final GraphUnderTest crossEntropy(HeadLossCase of) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output(CROSS_ENTROPY, HeadLoss.crossEntropy(graph.input("hidden", of.hidden()),
                    graph.parameter("head", of.head()), graph.input("targets", Nd4j.createFromArray(of.targets()))),
                    of.dCrossEntropy());
            return graph;
        });
    }

    /** Forward, between and reverse; warm, as it is and cold; without a tail and with either. */
    static Stream<Divergence> divergences() {
        return Stream.of(0.0, 0.3, 1.0).flatMap(beta -> Stream.of(1.0, 2.5, 0.4).flatMap(temperature ->
                Stream.of(Tail.values()).map(tail -> new Divergence(beta, temperature, tail))));
    }

    @ParameterizedTest
    @MethodSource("divergences")
    void oracleHasTheGradientsOfItsValues(Divergence divergence) {
        var of = HeadLossCase.random(2, 2, 7, 3).withDivergence(divergence);
        assertClose(of.expected(), Map.of(
                "dhidden", Gradient.numericOfArray(of.hidden(), moved -> of.withHidden(moved).weightedSum()),
                "dhead", Gradient.numericOfArray(of.head(), moved -> of.withHead(moved).weightedSum())), 1e-8,
                "oracle");
    }

    @ParameterizedTest
    @MethodSource("divergences")
    void everyDivergenceMatchesPlainLoop(Divergence divergence) {
        for (int[] size : new int[][] {{1, 3, 2, 1}, {3, 4, 63, 62}, {260, 2, 40, 5}, {5, 3, 1030, 33}}) {
            var of = HeadLossCase.random(size[0], size[1], size[2], size[3]).withDivergence(divergence);
            assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance(), divergence.toString());
        }
    }

    @ParameterizedTest
    @MethodSource("divergences")
    void studentThatEqualsItsTeacherIsAtNoDistance(Divergence divergence) {
        var random = HeadLossCase.random(4, 3, 30, 6).withUpstreams(0, 1);
        var logits = random.hidden().castTo(dataType()).castTo(DataType.DOUBLE)
                .mmul(random.head().castTo(dataType()).castTo(DataType.DOUBLE).transpose()).toDoubleMatrix();
        var teacher = new double[logits.length][divergence.teacherValues(6)];
        for (int t = 0; t < logits.length; t++) {
            var z = logits[t];
            var ids = random.ids()[t];
            double sum = DoubleStream.of(z).map(Math::exp).sum();
            for (int j = 0; j < ids.length; j++) {
                teacher[t][j] = z[ids[j]] - Math.log(sum);
            }
            if (divergence.tail() == Tail.GIVEN) {
                teacher[t][6] = Math.log(sum - IntStream.of(ids).mapToDouble(id -> Math.exp(z[id])).sum())
                        - Math.log(sum);
            }
        }
        var of = random.withDivergence(divergence).withTeacher(Nd4j.createFromArray(teacher));
        var zero = Map.of(SPARSE_KL, Nd4j.zeros(DataType.DOUBLE, 4, 1), "dhidden", Nd4j.zeros(DataType.DOUBLE, 4, 3));
        assertClose(pair(of).run(DIFFERENTIATED), zero, 10 * tolerance(), divergence.toString());
    }

    /** Shares of e^−20,000 and of all but e^−20,000, in the tail and among the k. */
    @ParameterizedTest
    @MethodSource("divergences")
    void extremesOfEveryDivergenceStayFiniteAndRight(Divergence divergence) {
        var head = Nd4j.createFromArray(new double[][] {{1e4, 1e4}, {-1e4, 1e4}, {-1e4, 0}, {1e4, -1e4}});
        var hidden = Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {1, 0}, {-1, 0}});
        var ones = Nd4j.ones(DataType.DOUBLE, 4, 1);
        var plain = new HeadLossCase(hidden, head, new int[] {1, 3, 0, 0}, new int[][] {{1, 2}, {0, 2}, {2, 3}, {0, 1}},
                null, ones, ones.mul(2));
        var of = plain.withDivergence(divergence);
        var teacher = divergence.tail() == Tail.REST
                ? new double[][] {{-1e4, 0}, {-1, -2}, {-1e4, -1e4}, {-0.1, Double.NEGATIVE_INFINITY}}
                : new double[][] {{0, 0, 5}, {-1e4, 1e4, 0}, {1e4, -1e4, 1e4}, {3, Double.NEGATIVE_INFINITY, 1}};
        var values = Nd4j.createFromArray(teacher).get(NDArrayIndex.all(),
                NDArrayIndex.interval(0, divergence.teacherValues(2))).dup();
        assertClose(pair(of.withTeacher(values)).run(DIFFERENTIATED), of.withTeacher(values).expected(),
                tolerance() / 2, divergence.toString());
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 2, 1", "1, 1, 7, 7", "2, 5, 33, 4", "7, 4, 63, 63", "33, 8, 17, 1", "300, 5, 70, 6",
            "9, 3, 1100, 40", "259, 2, 1025, 9"})
    void matchesPlainLoop(int tokens, int hiddenSize, int vocabSize, int k) {
        var of = HeadLossCase.random(tokens, hiddenSize, vocabSize, k);
        assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance(), "both losses");
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 2", "2, 1, 7", "7, 5, 33", "270, 3, 530"})
    void crossEntropyAloneMatchesPlainLoop(int tokens, int hiddenSize, int vocabSize) {
        var of = HeadLossCase.random(tokens, hiddenSize, vocabSize, 1).withUpstreams(1, 0);
        assertClose(crossEntropy(of).run(DIFFERENTIATED), without(SPARSE_KL, of), tolerance(), "cross-entropy");
    }

    @Test
    void eitherLossAloneHasItsOwnGradient() {
        var of = HeadLossCase.random(5, 3, 40, 6);
        for (var alone : List.of(of.withUpstreams(1, 0), of.withUpstreams(0, 1))) {
            assertClose(pair(alone).run(DIFFERENTIATED), alone.expected(), tolerance(), "one upstream is zero");
        }
        assertClose(graph(of, List.of(SPARSE_KL)).run(DIFFERENTIATED),
                without(CROSS_ENTROPY, of.withUpstreams(0, 1)), tolerance(), "no upstream of the cross-entropy");
        assertClose(graph(of, List.of(CROSS_ENTROPY)).run(DIFFERENTIATED),
                without(SPARSE_KL, of.withUpstreams(1, 0)), tolerance(), "no upstream of the sparse KL");
    }

    private static Map<String, INDArray> without(String loss, HeadLossCase of) {
        var expected = new LinkedHashMap<>(of.expected());
        expected.remove(loss);
        return expected;
    }

    @Test
    void crossEntropyServesEveryNumberOfTokens() {
        var first = HeadLossCase.random(3, 4, 20, 1);
        var graph = crossEntropy(first);
        for (int tokens : new int[] {1, 3, 280}) {
            var of = HeadLossCase.random(tokens, 4, 20, 1).withHead(first.head());
            graph.feed("hidden", of.hidden());
            graph.feed("targets", Nd4j.createFromArray(of.targets()));
            assertClose(graph.outputs(), Map.of(CROSS_ENTROPY, of.expected().get(CROSS_ENTROPY)), tolerance(),
                    tokens + " tokens");
        }
    }

    @Test
    void constantHeadHasNoGradientAndHiddenRowsKeepTheirs() {
        var of = HeadLossCase.random(6, 3, 30, 4);
        var graph = newGraph();
        var head = graph.constant("head", of.head());
        var gradients = graph(graph, of, head, List.of(CROSS_ENTROPY, SPARSE_KL)).gradients(List.of("hidden"));
        assertClose(gradients, Map.of("dhidden", of.expected().get("dhidden")), tolerance(), "constant head");
    }

    /** Logits of ±10,000, exact in float32, over hidden rows that choose one column of the head each. */
    @Test
    void extremeLogitsStayFiniteAndRight() {
        var head = Nd4j.createFromArray(new double[][] {{1e4, 1e4}, {-1e4, 1e4}, {-1e4, 0}, {1e4, -1e4}});
        var hidden = Nd4j.createFromArray(new double[][] {{1, 0}, {0, 1}, {1, 0}, {-1, 0}});
        var teacher = Nd4j.createFromArray(new double[][] {{0, 0}, {-1e4, 1e4}, {1e4, -1e4}, {3, 3}});
        var ones = Nd4j.ones(DataType.DOUBLE, 4, 1);
        var of = new HeadLossCase(hidden, head, new int[] {1, 3, 0, 0}, new int[][] {{1, 2}, {0, 2}, {2, 3}, {0, 1}},
                teacher, ones, ones.mul(2));
        assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance() / 10, "extremes");
    }

    @Test
    void idThatTheTeacherRulesOutCountsAmongTheStudents() {
        var teacher = Nd4j.createFromArray(new double[][] {{0, Double.NEGATIVE_INFINITY, -1}, {-1e4, 2, 1}});
        var random = HeadLossCase.random(2, 3, 9, 3);
        var of = new HeadLossCase(random.hidden(), random.head(), random.targets(), random.ids(), teacher,
                random.dCrossEntropy(), random.dSparseKl());
        assertClose(pair(of).run(DIFFERENTIATED), of.expected(), tolerance(), "a logit of −∞");
    }

    @Test
    void largeUniformVocabularyHasItsLogarithmAsLoss() {
        int vocabSize = 5000;
        var of = HeadLossCase.random(2, 3, vocabSize, 1).withHidden(new RandomArrays(1).normal(2, 3).mul(0));
        var losses = crossEntropy(of).outputs().get(CROSS_ENTROPY).toDoubleMatrix();
        assertThat(losses[0][0]).isCloseTo(Math.log(vocabSize), within(Math.max(1e-5, tolerance())));
    }
}
