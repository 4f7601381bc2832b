package org.xlstm4j.ops.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the SwiGLU MLP keeps to. */
abstract class SwiGluContract {
    static final List<String> NAMES = List.of("x", "gate", "up", "down");

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

    /** Inputs by name, and the upstream gradient. */
    record Case(Map<String, INDArray> inputs, INDArray upstream) {

        static Case random(int rows, int hidden, int intermediate) {
            var random = new RandomArrays(rows);
            var inputs = new LinkedHashMap<String, INDArray>();
            inputs.put("x", random.normal(rows, hidden));
            inputs.put("gate", random.normal(intermediate, hidden));
            inputs.put("up", random.normal(intermediate, hidden));
            inputs.put("down", random.normal(hidden, intermediate));
            return new Case(inputs, random.normal(rows, hidden));
        }

        Map<String, INDArray> expected() {
            var expected = new LinkedHashMap<String, INDArray>();
            expected.put("output", plain(inputs));
            for (var name : NAMES) {
                expected.put(Gradient.of(name), Gradient.numericOfArray(inputs.get(name), moved -> {
                    var changed = new LinkedHashMap<>(inputs);
                    changed.put(name, moved);
                    return plain(changed).mul(upstream).sumNumber().doubleValue();
                }));
            }
            return expected;
        }
    }

    /** A graph in which the named inputs are constants. */
    final GraphUnderTest graph(Case given, List<String> constants) {
        return graph(form(), newGraph(), given, constants);
    }

    static GraphUnderTest graph(Form form, GraphUnderTest graph, Case given, List<String> constants) {
        return Form.with(form, () -> {
            var variables = NAMES.stream().map(name -> variable(graph, name, given, constants)).toList();
            graph.output("output", SwiGlu.apply(variables.get(0), variables.get(1), variables.get(2),
                    variables.get(3)), given.upstream());
            return graph;
        });
    }

    private static SDVariable variable(GraphUnderTest graph, String name, Case given, List<String> constants) {
        var value = given.inputs().get(name);
        if (constants.contains(name)) {
            return graph.constant(name, value);
        }
        return name.equals("x") ? graph.input(name, value) : graph.parameter(name, value);
    }

    final GraphUnderTest graph(Case given) {
        return graph(given, List.of());
    }

    @ParameterizedTest
    @CsvSource({"1, 3, 5", "4, 3, 5", "1, 2, 3", "2, 7, 2", "9, 2, 7"})
    void matchesPlainLoop(int rows, int hidden, int intermediate) {
        var given = Case.random(rows, hidden, intermediate);
        assertClose(graph(given).run(NAMES), given.expected(), tolerance(), rows + " rows");
    }

    @Test
    void closedAndWideOpenGatesAreExact() {
        var given = Case.random(3, 2, 4);
        given.inputs().get("gate").muli(1000);
        var results = graph(given).run(NAMES);
        assertClose(results, Map.of("output", plain(given.inputs())), tolerance(), "saturated");
        results.forEach((name, value) -> assertThat(value.isNaN().any()).as(name).isFalse());
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var graph = graph(Case.random(3, 3, 5));
        for (int rows : new int[] {1, 2, 33}) {
            var given = Case.random(rows, 3, 5);
            graph.feed("x", given.inputs().get("x"));
            NAMES.subList(1, 4).forEach(name ->
                    graph.sd().getVariable(name).getArr().assign(given.inputs().get(name)));
            assertClose(graph.outputs(), Map.of("output", plain(given.inputs())), tolerance(), rows + " rows");
        }
    }

    @Test
    void gradientsOfTheOthersAreRightWhereSomeAreConstants() {
        var given = Case.random(5, 3, 7);
        for (var constants : List.of(List.of("gate", "up", "down"), List.of("x", "up"), List.of("down", "gate"))) {
            var rest = NAMES.stream().filter(name -> !constants.contains(name)).toList();
            var expected = given.expected();
            constants.forEach(name -> expected.remove(Gradient.of(name)));
            assertClose(graph(given, constants).run(rest), expected, tolerance(),
                    "constant " + constants);
        }
    }

    private static INDArray plain(Map<String, INDArray> given) {
        var x = given.get("x");
        var y = Nd4j.zeros(DataType.DOUBLE, x.shape());
        for (int row = 0; row < x.size(0); row++) {
            for (int i = 0; i < given.get("gate").size(0); i++) {
                double gate = 0;
                double up = 0;
                for (int j = 0; j < x.size(1); j++) {
                    gate += x.getDouble(row, j) * given.get("gate").getDouble(i, j);
                    up += x.getDouble(row, j) * given.get("up").getDouble(i, j);
                }
                double inner = gate / (1 + Math.exp(-gate)) * up;
                for (int j = 0; j < x.size(1); j++) {
                    y.putScalar(row, j, y.getDouble(row, j) + inner * given.get("down").getDouble(j, i));
                }
            }
        }
        return y;
    }
}
