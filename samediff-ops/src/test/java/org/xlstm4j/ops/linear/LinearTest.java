package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

class LinearTest {
    @ParameterizedTest
    @CsvSource({"1, 1, 3", "1, 3, 5", "4, 1, 3", "4, 5, 1", "7, 5, 3"})
    void matchesPlainLoop(int rows, int in, int out) {
        var random = new RandomArrays(rows);
        var x = random.normal(rows, in);
        var weight = random.normal(out, in);
        var bias = random.normal(out);
        var upstream = random.normal(rows, out);
        var graph = new GraphUnderTest(DataType.DOUBLE);
        graph.output("biased", Linear.apply(graph.input("x", x), graph.parameter("weight", weight),
                graph.parameter("bias", bias)), upstream);
        assertClose(graph.run(List.of("x", "weight", "bias")), Map.of(
                "biased", product(x, weight).addiRowVector(bias),
                "dx", product(upstream, weight.transpose()),
                "dweight", product(upstream.transpose(), x.transpose()),
                "dbias", product(Nd4j.ones(DataType.DOUBLE, 1, rows), upstream.transpose()).reshape(out)), 1e-12,
                "biased");

        var plain = new GraphUnderTest(DataType.DOUBLE);
        plain.output("output", Linear.apply(plain.input("x", x), plain.parameter("weight", weight)), upstream);
        assertClose(plain.run(List.of("x", "weight")), Map.of(
                "output", product(x, weight),
                "dx", product(upstream, weight.transpose()),
                "dweight", product(upstream.transpose(), x.transpose())), 1e-12, "plain");
    }

    /** a · bᵀ. */
    private static INDArray product(INDArray a, INDArray b) {
        var y = Nd4j.zeros(DataType.DOUBLE, a.size(0), b.size(0));
        for (int row = 0; row < a.size(0); row++) {
            for (int column = 0; column < b.size(0); column++) {
                double sum = 0;
                for (int j = 0; j < a.size(1); j++) {
                    sum += a.getDouble(row, j) * b.getDouble(column, j);
                }
                y.putScalar(row, column, sum);
            }
        }
        return y;
    }
}
