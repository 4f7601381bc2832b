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
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class RmsNormTest {
    private static final double EPS = 1e-2;

    @ParameterizedTest
    @CsvSource({"1, 2", "1, 6", "2, 2", "5, 7"})
    void matchesPlainLoop(int rows, int width) {
        var random = new RandomArrays(rows);
        var x = random.normal(rows, width);
        var weight = random.normal(width);
        var upstream = random.normal(rows, width);
        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("output", RmsNorm.apply(graph.input("x", x), graph.parameter("weight", weight), EPS), upstream);
        assertClose(graph.run(List.of("x", "weight")), Map.of(
                "output", plain(x, weight),
                "dx", Gradient.numeric(x, moved -> plain(moved, weight).mul(upstream).sumNumber().doubleValue()),
                "dweight", Gradient.numeric(weight,
                        moved -> plain(x, moved).mul(upstream).sumNumber().doubleValue())), 1e-9, rows + " rows");
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var random = new RandomArrays(9);
        var weight = random.normal(4);
        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("output", RmsNorm.apply(graph.input("x", random.normal(3, 4)),
                graph.parameter("weight", weight), EPS), random.normal(3, 4));
        for (int rows : new int[] {1, 3, 8}) {
            var x = random.normal(rows, 4);
            graph.feed("x", x);
            assertClose(graph.outputs(), Map.of("output", plain(x, weight)), 1e-12, rows + " rows");
        }
    }

    @Test
    void rowOfZerosStaysZero() {
        var graph = new GraphUnderTest(DataType.FLOAT);
        var zeros = new RandomArrays(1).normal(2, 4).mul(0);
        graph.output("output", RmsNorm.apply(graph.input("x", zeros), graph.parameter("weight", zeros.getRow(0).add(1)),
                1e-6), zeros);
        assertClose(graph.run(List.of("x")), Map.of("output", zeros, "dx", zeros), 0, "zeros");
    }

    @Test
    void epsOfZeroIsRejected() {
        var graph = new GraphUnderTest(DataType.FLOAT);
        var x = graph.input("x", new RandomArrays(1).normal(1, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> RmsNorm.apply(x, x, 0)).withMessageContaining("eps");
    }

    private static INDArray plain(INDArray x, INDArray weight) {
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
