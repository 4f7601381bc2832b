package org.xlstm4j.ops.norm;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of RMSNorm keeps to. */
abstract class RmsNormContract {
    static final double EPS = 1e-2;

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    /** An empty graph of the type. */
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType());
    }

    final double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-9 : RelativeError.tolerance(dataType());
    }

    final GraphUnderTest graph(INDArray x, INDArray weight, double eps, INDArray upstream) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output("output", RmsNorm.apply(graph.input("x", x), graph.parameter("weight", weight), eps),
                    upstream);
            return graph;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "1, 6", "2, 2", "5, 7", "67, 5"})
    void matchesPlainLoop(int rows, int width) {
        var random = new RandomArrays(rows);
        var x = random.normal(rows, width);
        var weight = random.normal(width);
        var upstream = random.normal(rows, width);
        var graph = graph(x, weight, EPS, upstream);
        assertClose(graph.run(List.of("x", "weight")), Map.of(
                "output", plain(x, weight),
                "dx", Gradient.numericOfArray(x, moved -> plain(moved, weight).mul(upstream).sumNumber().doubleValue()),
                "dweight", Gradient.numericOfArray(weight,
                        moved -> plain(x, moved).mul(upstream).sumNumber().doubleValue())), tolerance(), rows + " rows");
    }

    final GraphUnderTest perHead(INDArray x, INDArray weight, int heads, INDArray upstream) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output("output", RmsNorm.perHead(graph.input("x", x), graph.parameter("weight", weight), heads, EPS),
                    upstream);
            return graph;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 6", "1, 3, 2", "5, 4, 7", "67, 2, 32"})
    void headsAreNormalizedByThemselvesWithOneWeight(int rows, int heads, int width) {
        var random = new RandomArrays(rows);
        var x = random.normal(rows, heads * width);
        var weight = random.normal(width);
        var upstream = random.normal(rows, heads * width);
        var alone = graph(x.reshape('c', rows * heads, width), weight, EPS,
                upstream.reshape('c', rows * heads, width)).run(List.of("x", "weight"));
        assertClose(perHead(x, weight, heads, upstream).run(List.of("x", "weight")), Map.of(
                "output", plain(x.reshape('c', rows * heads, width), weight).reshape('c', rows, heads * width),
                "dx", alone.get("dx").reshape('c', rows, heads * width), "dweight", alone.get("dweight")),
                tolerance(), rows + " rows of " + heads);
    }

    final GraphUnderTest added(INDArray residual, INDArray x, INDArray weight, INDArray upstream) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output("output", RmsNorm.normalizeAndAdd(graph.input("residual", residual), graph.input("x", x),
                    graph.parameter("weight", weight), EPS), upstream);
            return graph;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 2", "5, 7", "67, 300"})
    void normIsAddedToTheResidual(int rows, int width) {
        var random = new RandomArrays(rows);
        var residual = random.normal(rows, width);
        var x = random.normal(rows, width);
        var weight = random.normal(width);
        var upstream = random.normal(rows, width);
        var alone = graph(x, weight, EPS, upstream).run(List.of("x", "weight"));
        assertClose(added(residual, x, weight, upstream).run(List.of("residual", "x", "weight")), Map.of(
                "output", plain(x, weight).add(residual), "dresidual", upstream,
                "dx", alone.get("dx"), "dweight", alone.get("dweight")), tolerance(), rows + " rows");
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var random = new RandomArrays(9);
        var weight = random.normal(4);
        var graph = graph(random.normal(3, 4), weight, EPS, random.normal(3, 4));
        for (int rows : new int[] {1, 3, 8}) {
            var x = random.normal(rows, 4);
            graph.feed("x", x);
            assertClose(graph.outputs(), Map.of("output", plain(x, weight)), tolerance(), rows + " rows");
        }
    }

    @Test
    void rowOfZerosStaysZero() {
        var zeros = new RandomArrays(1).normal(2, 4).mul(0);
        var graph = graph(zeros, zeros.getRow(0).add(1), 1e-6, zeros);
        assertClose(graph.run(List.of("x")), Map.of("output", zeros, "dx", zeros), 0, "zeros");
    }

    @Test
    void epsOfZeroIsRejected() {
        var x = new RandomArrays(1).normal(1, 2);
        assertThatIllegalArgumentException().isThrownBy(() -> graph(x, x.getRow(0), 0, x)).withMessageContaining("eps");
    }

    /** RMSNorm with {@link #EPS}. */
    static INDArray plain(INDArray x, INDArray weight) {
        var y = x.dup('c');
        for (int row = 0; row < x.size(0); row++) {
            double squares = 0;
            for (int j = 0; j < x.size(1); j++) {
                squares += x.getDouble(row, j) * x.getDouble(row, j);
            }
            for (int j = 0; j < x.size(1); j++) {
                y.putScalar(row, j, x.getDouble(row, j) / Math.sqrt(squares / x.size(1) + EPS) * weight.getDouble(j));
            }
        }
        return y;
    }
}
