package org.xlstm4j.ops.linear;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the linear map keeps to. */
abstract class LinearContract {

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    /** An empty graph of the type. */
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType());
    }

    final double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-12 : RelativeError.tolerance(dataType());
    }

    /** Arrays of one case. */
    record Case(INDArray x, INDArray weight, INDArray bias, INDArray upstream) {

        static Case random(int rows, int in, int out) {
            var random = new RandomArrays(rows);
            return new Case(random.normal(rows, in), random.normal(out, in), random.normal(out),
                    random.normal(rows, out));
        }

        INDArray output() {
            return product(x, weight);
        }

        INDArray dx() {
            return product(upstream, weight.transpose());
        }

        INDArray dWeight() {
            return product(upstream.transpose(), x.transpose());
        }

        INDArray dBias() {
            return product(Nd4j.ones(DataType.DOUBLE, 1, x.size(0)), upstream.transpose()).reshape(bias.shape());
        }
    }

    final GraphUnderTest biased(Case given) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output("biased", Linear.apply(graph.input("x", given.x()),
                    graph.parameter("weight", given.weight()), graph.parameter("bias", given.bias())),
                    given.upstream());
            return graph;
        });
    }

    final GraphUnderTest plain(Case given) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            graph.output("output", Linear.apply(graph.input("x", given.x()),
                    graph.parameter("weight", given.weight())), given.upstream());
            return graph;
        });
    }

    /** Maps of one input, of so many features each. */
    record Several(INDArray x, List<INDArray> weights, List<INDArray> upstreams) {

        static Several random(int rows, int in, int... outs) {
            var random = new RandomArrays(rows + in);
            return new Several(random.normal(rows, in),
                    Arrays.stream(outs).mapToObj(out -> random.normal(out, in)).toList(),
                    Arrays.stream(outs).mapToObj(out -> random.normal(rows, out)).toList());
        }

        List<String> names() {
            return Stream.concat(Stream.of("x"), IntStream.range(0, weights.size()).mapToObj(i -> "weight" + i))
                    .toList();
        }

        Map<String, INDArray> expected() {
            var expected = new HashMap<String, INDArray>();
            var dx = Nd4j.zeros(DataType.DOUBLE, x.shape());
            for (int i = 0; i < weights.size(); i++) {
                expected.put("output" + i, product(x, weights.get(i)));
                expected.put("dweight" + i, product(upstreams.get(i).transpose(), x.transpose()));
                dx.addi(product(upstreams.get(i), weights.get(i).transpose()));
            }
            expected.put("dx", dx);
            return expected;
        }
    }

    /** A graph in which the named weights are constants. */
    final GraphUnderTest several(Several given, String... constants) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            var weights = new ArrayList<SDVariable>();
            for (int i = 0; i < given.weights().size(); i++) {
                var name = "weight" + i;
                weights.add(List.of(constants).contains(name) ? graph.constant(name, given.weights().get(i))
                        : graph.parameter(name, given.weights().get(i)));
            }
            var outputs = Linear.apply(graph.input("x", given.x()), weights);
            for (int i = 0; i < outputs.size(); i++) {
                graph.output("output" + i, outputs.get(i), given.upstreams().get(i));
            }
            return graph;
        });
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "1, 33", "2, 2", "8, 7", "9, 63", "33, 5", "257, 33", "63, 257"})
    void severalMapsOfOneInputMatchPlainLoops(int rows, int in) {
        for (int[] outs : new int[][] {{5}, {7, 7}, {63, 2, 1}, {1, 33, 257, 3}}) {
            var given = Several.random(rows, in, outs);
            assertClose(several(given).run(given.names()), given.expected(), tolerance(), Arrays.toString(outs));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"weight0", "weight1", "weight2"})
    void frozenMapsAmongSeveralDoNotDisturbTheOthers(String frozen) {
        var given = Several.random(7, 5, 3, 4, 2);
        var names = given.names().stream().filter(name -> !name.equals(frozen)).toList();
        var expected = given.expected();
        expected.remove(Gradient.of(frozen));
        assertClose(several(given, frozen).run(names), expected, tolerance(), frozen);
        assertClose(several(given, "weight0", "weight1", "weight2").run(List.of("x")),
                Map.of("dx", expected.get("dx")), tolerance(), "all frozen");
    }

    @Test
    void mapsOfConstantInputTrain() {
        var given = Several.random(6, 5, 3, 4);
        var graph = Form.with(form(), () -> {
            var built = newGraph();
            var outputs = Linear.apply(built.constant("constant", given.x().castTo(dataType())), List.of(
                    built.parameter("weight0", given.weights().get(0)),
                    built.parameter("weight1", given.weights().get(1))));
            built.output("output0", outputs.get(0), given.upstreams().get(0));
            built.output("output1", outputs.get(1), given.upstreams().get(1));
            return built;
        });
        var expected = given.expected();
        expected.remove("dx");
        assertClose(graph.run(List.of("weight0", "weight1")), expected, tolerance(), "constant x");
    }

    @Test
    void outputsThatNobodyReadsGiveNoGradient() {
        var given = Several.random(7, 5, 3, 4);
        var graph = Form.with(form(), () -> {
            var built = newGraph();
            var outputs = Linear.apply(built.input("x", given.x()), List.of(
                    built.parameter("weight0", given.weights().get(0)),
                    built.parameter("weight1", given.weights().get(1))));
            built.output("output1", outputs.get(1), given.upstreams().get(1));
            return built;
        });
        var read = new Several(given.x(), given.weights().subList(1, 2), given.upstreams().subList(1, 2)).expected();
        assertClose(graph.run(List.of("x", "weight1")), Map.of("output1", read.get("output0"), "dx", read.get("dx"),
                "dweight1", read.get("dweight0")), tolerance(), "second alone");
    }

    /** A graph of maps with biases, of which the named parameters are constants. */
    final GraphUnderTest severalBiased(Several given, List<INDArray> biases, String... constants) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            var frozen = List.of(constants);
            var weights = new ArrayList<SDVariable>();
            var added = new ArrayList<SDVariable>();
            for (int i = 0; i < biases.size(); i++) {
                weights.add(parameter(graph, "weight" + i, given.weights().get(i), frozen));
                added.add(parameter(graph, "bias" + i, biases.get(i), frozen));
            }
            var outputs = Linear.apply(graph.input("x", given.x()), weights, added);
            for (int i = 0; i < outputs.size(); i++) {
                graph.output("output" + i, outputs.get(i), given.upstreams().get(i));
            }
            return graph;
        });
    }

    private static SDVariable parameter(GraphUnderTest graph, String name, INDArray array, List<String> frozen) {
        return frozen.contains(name) ? graph.constant(name, array) : graph.parameter(name, array);
    }

    @ParameterizedTest
    @CsvSource({"1, 5", "2, 2", "9, 63", "257, 33"})
    void severalMapsHaveABiasEach(int rows, int in) {
        var given = Several.random(rows, in, 63, 7, 2);
        var random = new RandomArrays(in);
        var biases = given.weights().stream().map(weight -> random.normal(weight.size(0))).toList();
        var expected = given.expected();
        var names = new ArrayList<>(given.names());
        for (int i = 0; i < biases.size(); i++) {
            names.add("bias" + i);
            expected.get("output" + i).addiRowVector(biases.get(i));
            expected.put("dbias" + i, given.upstreams().get(i).sum(0));
        }
        assertClose(severalBiased(given, biases).run(names), expected, tolerance(), "all train");
        names.removeAll(List.of("bias1", "weight2"));
        expected.keySet().removeAll(List.of("dbias1", "dweight2"));
        assertClose(severalBiased(given, biases, "bias1", "weight2").run(names), expected, tolerance(), "some frozen");
    }

    @Test
    void refusesNoWeightsAndBiasesOfAnotherNumber() {
        var graph = newGraph();
        var x = graph.input("x", Nd4j.ones(2, 3));
        var weight = graph.parameter("weight", Nd4j.ones(4, 3));
        var bias = graph.parameter("bias", Nd4j.ones(4));
        assertThatIllegalArgumentException().isThrownBy(() -> Linear.apply(x, List.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> Linear.apply(x, List.of(weight, weight), List.of(bias)))
                .withMessageContaining("2 linear maps").withMessageContaining("there are 1");
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 3", "1, 3, 5", "4, 1, 3", "4, 5, 1", "1, 1, 1", "1, 3, 1", "7, 5, 3", "1, 33, 63", "2, 2, 2", "8, 7, 129",
            "9, 63, 33", "33, 2, 63", "257, 7, 33", "63, 33, 257"})
    void matchesPlainLoop(int rows, int in, int out) {
        var given = Case.random(rows, in, out);
        assertClose(biased(given).run(List.of("x", "weight", "bias")), Map.of(
                "biased", given.output().addiRowVector(given.bias()), "dx", given.dx(),
                "dweight", given.dWeight(), "dbias", given.dBias()), tolerance(), "biased");
        assertClose(plain(given).run(List.of("x", "weight")), Map.of(
                "output", given.output(), "dx", given.dx(), "dweight", given.dWeight()), tolerance(), "plain");
    }

    @Test
    void oneGraphServesEveryNumberOfRows() {
        var graph = plain(Case.random(3, 5, 4));
        for (int rows : new int[] {1, 2, 40}) {
            var given = Case.random(rows, 5, 4);
            graph.feed("x", given.x());
            graph.feed("doutput", given.upstream());
            graph.sd().getVariable("weight").getArr().assign(given.weight());
            assertClose(graph.run(List.of("x", "weight")), Map.of("output", given.output(), "dx", given.dx(),
                    "dweight", given.dWeight()), tolerance(), rows + " rows");
        }
    }

    @Test
    void biasMayBeARow() {
        var given = Case.random(5, 3, 4);
        var row = new Case(given.x(), given.weight(), given.bias().reshape(1, 4), given.upstream());
        assertClose(biased(row).run(List.of("bias")), Map.of("biased", given.output().addiRowVector(given.bias()),
                "dbias", row.dBias()), tolerance(), "row");
    }

    @Test
    void constantsHaveNoGradientAndDoNotDisturbTheOthers() {
        var given = Case.random(7, 5, 3);
        var graph = Form.with(form(), () -> {
            var built = newGraph();
            var frozen = built.constant("frozen", given.weight());
            built.output("output", Linear.apply(built.input("x", given.x()), frozen,
                    built.parameter("bias", given.bias())), given.upstream());
            var constant = built.constant("constant", given.x().castTo(dataType()));
            built.output("second", Linear.apply(constant, built.parameter("weight", given.weight())),
                    given.upstream());
            return built;
        });
        assertClose(graph.run(List.of("x", "bias", "weight")), Map.of("dx", given.dx(), "dbias", given.dBias(),
                "dweight", given.dWeight()), tolerance(), "constants");
        assertThat(graph.gradients(List.of("x"))).containsOnlyKeys("dx");
    }

    /** a · bᵀ. */
    private static INDArray product(INDArray a, INDArray b) {
        var left = a.toDoubleMatrix();
        var right = b.toDoubleMatrix();
        var y = new double[left.length][right.length];
        for (int row = 0; row < y.length; row++) {
            for (int column = 0; column < right.length; column++) {
                for (int j = 0; j < left[row].length; j++) {
                    y[row][column] += left[row][j] * right[column][j];
                }
            }
        }
        return Nd4j.createFromArray(y);
    }
}
