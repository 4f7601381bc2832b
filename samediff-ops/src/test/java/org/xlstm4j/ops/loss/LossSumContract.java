package org.xlstm4j.ops.loss;

import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the weighted sum of losses keeps to. */
abstract class LossSumContract {

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    private double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-12 : RelativeError.tolerance(dataType());
    }

    static double factor(int part) {
        return 0.9 - 0.4 * part;
    }

    final GraphUnderTest graph(List<INDArray> losses, INDArray weights) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType());
            var parts = new ArrayList<LossSum.Part>();
            for (var of : losses) {
                parts.add(new LossSum.Part(graph.input("losses" + parts.size(), of), factor(parts.size())));
            }
            graph.output("sum", LossSum.of(parts, graph.input("weights", weights)), Nd4j.scalar(-1.5).reshape(1));
            return graph;
        });
    }

    static List<INDArray> losses(int parts, int tokens) {
        var random = new RandomArrays(tokens);
        var losses = new ArrayList<INDArray>();
        for (int i = 0; i < parts; i++) {
            losses.add(random.normal(tokens, 1));
        }
        return losses;
    }

    static List<String> names(int parts) {
        return List.of("losses0", "losses1", "losses2").subList(0, parts);
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 33", "2, 1024", "3, 2500"})
    void matchesPlainLoop(int parts, int tokens) {
        var losses = losses(parts, tokens);
        var weights = new RandomArrays(7).normal(tokens, 1);
        double sum = 0;
        var expected = new HashMap<String, INDArray>();
        for (int i = 0; i < parts; i++) {
            var gradient = new double[tokens][1];
            for (int t = 0; t < tokens; t++) {
                sum += factor(i) * weights.getDouble(t) * losses.get(i).getDouble(t);
                gradient[t][0] = -1.5 * factor(i) * weights.getDouble(t);
            }
            expected.put(Gradient.of("losses" + i), Nd4j.createFromArray(gradient));
        }
        expected.put("sum", Nd4j.scalar(sum));
        assertClose(graph(losses, weights).run(names(parts)), expected, tolerance(), "sum of losses");
    }

    @Test
    void weightsOfZeroGiveZero() {
        var graph = graph(losses(2, 5), Nd4j.zeros(DataType.DOUBLE, 5, 1));
        assertClose(graph.run(names(2)), Map.of("sum", Nd4j.scalar(0.0),
                "dlosses0", Nd4j.zeros(DataType.DOUBLE, 5, 1), "dlosses1", Nd4j.zeros(DataType.DOUBLE, 5, 1)), 0,
                "no token counts");
    }
}
