package org.xlstm4j.ops.slstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.indices;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;
import org.xlstm4j.ops.testing.GraphUnderTest;

/** What every form of the sLSTM keeps to. */
abstract class SlstmContract {
    private static final double DOUBLE_TOLERANCE = 1e-9;
    private static final double FLOAT_TOLERANCE = 2e-5;

    /** The form under test. */
    protected abstract SlstmOutput build(SlstmSpec spec, SlstmInputs inputs);

    /** The types that the form computes in. */
    protected abstract List<DataType> dataTypes();

    final Map<String, INDArray> evaluate(SlstmCase given, DataType dataType) {
        return graph(given, dataType).run(given.differentiated());
    }

    final GraphUnderTest graph(SlstmCase given, DataType dataType) {
        var graph = new GraphUnderTest(dataType).planned();
        var in = given.arrays().keySet().stream().filter(name -> !name.startsWith("d"))
                .collect(Collectors.toMap(name -> name, name -> name.equals("recurrent")
                        ? graph.parameter(name, given.get(name)) : graph.input(name, given.get(name))));
        var initial = given.has("cell")
                ? new SlstmState(in.get("cell"), in.get("normalizer"), in.get("hidden"), in.get("max")) : null;
        var output = build(given.spec(), new SlstmInputs(in.get("gates"), in.get("recurrent"), in.get("mask"),
                initial));
        graph.output("rows", output.hidden(), given.get("drows"));
        graph.output("finalCell", output.state().cell(), given.get("dfinalCell"));
        graph.output("finalNormalizer", output.state().normalizer(), given.get("dfinalNormalizer"));
        graph.output("finalHidden", output.state().hidden(), given.get("dfinalHidden"));
        graph.output("finalMax", output.state().max(), given.get("dfinalCell").mul(0));
        return graph;
    }

    static SlstmSpec spec(ForgetGate forgetGate, int time) {
        return new SlstmSpec(2, time, 3, forgetGate);
    }

    final void assertMatchesOracle(SlstmCase given) {
        assertMatchesOracle(given, DOUBLE_TOLERANCE, FLOAT_TOLERANCE);
    }

    private void assertMatchesOracle(SlstmCase given, double doubleTolerance, double floatTolerance) {
        for (var dataType : dataTypes()) {
            var rounded = given.roundedTo(dataType);
            assertClose(evaluate(rounded, dataType), SlstmOracle.evaluate(rounded),
                    dataType == DataType.DOUBLE ? doubleTolerance : floatTolerance,
                    dataType + " " + given.spec());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 13})
    void matchesOracleAtEveryLength(int time) {
        for (var forgetGate : ForgetGate.values()) {
            assertMatchesOracle(SlstmCase.random(spec(forgetGate, time), 2, time).withRandomStateUpstream(time + 1));
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "1, 8, 3", "4, 1, 1", "2, 3, 4"})
    void matchesOracleAtEveryWidth(int heads, int headDim, int batch) {
        for (var forgetGate : ForgetGate.values()) {
            assertMatchesOracle(SlstmCase.random(new SlstmSpec(heads, 5, headDim, forgetGate), batch, 3)
                    .withRandomInitial(4).withRandomStateUpstream(5));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7})
    void startsFromInitialState(int time) {
        for (var forgetGate : ForgetGate.values()) {
            assertMatchesOracle(SlstmCase.random(spec(forgetGate, time), 2, 6).withRandomInitial(7)
                    .withRandomStateUpstream(8));
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -1e3, 1e3})
    void zerosAreAnEmptyState(double inputGate) {
        var none = SlstmCase.random(spec(ForgetGate.SIGMOID, 5), 2, 9).withShifted(0, inputGate);
        for (var dataType : dataTypes()) {
            var expected = evaluate(none, dataType);
            assertClose(evaluate(none.withZeroInitial(), dataType), expected, DOUBLE_TOLERANCE, "zeros");
        }
    }

    @ParameterizedTest
    @EnumSource
    void splitRunEqualsWholeRun(ForgetGate forgetGate) {
        var whole = SlstmCase.random(spec(forgetGate, 9), 2, 10).withRandomInitial(11).withRandomStateUpstream(12)
                .withMask(new int[] {1, 1, 1, 1, 0, 1, 1, 1, 1}, new int[] {1, 1, 0, 1, 1, 1, 1, 0, 0});
        var expected = SlstmOracle.evaluate(whole);
        expected.remove("drecurrent");
        for (int cut : new int[] {1, 3, 8}) {
            for (var dataType : dataTypes()) {
                var head = whole.steps(0, cut);
                var border = evaluate(head, dataType);
                var last = evaluate(whole.steps(cut, 9).withInitial(border.get("finalCell"),
                        border.get("finalNormalizer"), border.get("finalHidden"), border.get("finalMax")), dataType);
                var first = evaluate(head.withStateUpstream(last.get("dcell"), last.get("dnormalizer"),
                        last.get("dhidden")), dataType);
                assertClose(joined(first, last, cut), expected,
                        dataType == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE, dataType + " at " + cut);
            }
        }
    }

    private static Map<String, INDArray> joined(Map<String, INDArray> first, Map<String, INDArray> last, int cut) {
        var joined = new LinkedHashMap<>(last);
        for (var name : List.of("rows", "dgates")) {
            long width = first.get(name).size(1);
            joined.put(name, Nd4j.concat(1, first.get(name).reshape(2, cut, width),
                    last.get(name).reshape(2, 9 - cut, width)).reshape(18, width));
        }
        for (var name : List.of("dcell", "dnormalizer", "dhidden")) {
            joined.put(name, first.get(name));
        }
        return joined;
    }

    @ParameterizedTest
    @EnumSource
    void absentStepsChangeNothing(ForgetGate forgetGate) {
        int[][] mask = {{1, 1, 1, 1, 1}, {1, 1, 1, 0, 0}, {0, 0, 1, 1, 1}, {1, 0, 0, 1, 0}, {0, 0, 0, 0, 0}};
        var given = SlstmCase.random(spec(forgetGate, 5), mask.length, 13).withRandomInitial(14)
                .withRandomStateUpstream(15).withMask(mask);
        assertMatchesOracle(given);
        var bare = new LinkedHashMap<>(given.arrays());
        List.of("cell", "normalizer", "hidden", "max").forEach(bare::remove);
        assertMatchesOracle(new SlstmCase(given.spec(), bare));
    }

    @Test
    void absentStepsEqualStepsLeftOut() {
        var given = SlstmCase.random(spec(ForgetGate.SIGMOID, 5), 1, 16);
        var present = new LinkedHashMap<>(given.arrays());
        present.put("gates", given.get("gates").get(indices(1, 4), all()).dup('c'));
        present.put("drows", given.get("drows").get(indices(1, 4), all()).dup('c'));
        var without = new SlstmCase(given.spec().withTime(2), present);
        for (var dataType : dataTypes()) {
            var rows = evaluate(given.withMask(new int[] {0, 1, 0, 0, 1}), dataType).get("rows");
            assertClose(Map.of("rows", rows.get(indices(1, 4), all()).dup('c')),
                    Map.of("rows", evaluate(without, dataType).get("rows")), DOUBLE_TOLERANCE, "present");
            for (int absent : new int[] {0, 2, 3}) {
                assertThat(rows.get(point(absent), all()).amaxNumber().doubleValue()).isZero();
            }
        }
    }

    /**
     * In float32 a pre-activation of 1,000 is itself off by 3e-5; in float64 the oracle's differences of sums of
     * thousands are good to 1e-8.
     */
    @ParameterizedTest
    @CsvSource({"1e3, 1e3", "1e3, -1e3", "-1e3, 1e3", "-1e3, -1e3"})
    void extremeGatesStayRight(double input, double forget) {
        for (var forgetGate : ForgetGate.values()) {
            assertMatchesOracle(SlstmCase.random(spec(forgetGate, 11), 2, 17).withRandomInitial(18)
                    .withRandomStateUpstream(19).withShifted(0, input).withShifted(1, forget), 1e-8, 5e-4);
        }
    }

    @ParameterizedTest
    @CsvSource({"1e3, 1e3", "1e3, -1e3", "-1e3, 1e3", "-1e3, -1e3"})
    void extremeValuesAndOutputGatesStayRight(double value, double output) {
        for (var forgetGate : ForgetGate.values()) {
            assertMatchesOracle(SlstmCase.random(spec(forgetGate, 7), 2, 20).withRandomStateUpstream(21)
                    .withShifted(2, value).withShifted(3, output));
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatesThatJumpBetweenExtremesStayRight(ForgetGate forgetGate) {
        var given = SlstmCase.random(spec(forgetGate, 11), 2, 22).withRandomInitial(23).withRandomStateUpstream(24);
        assertMatchesOracle(given.with("gates", given.get("gates").mul(1e3)), 1e-8, 5e-4);
    }

    @ParameterizedTest
    @EnumSource
    void oneGraphServesEveryBatchSize(ForgetGate forgetGate) {
        var large = SlstmCase.random(spec(forgetGate, 6), 3, 25).withRandomInitial(26).withRandomStateUpstream(27)
                .withMask(new int[] {1, 1, 1, 1, 1, 1}, new int[] {1, 1, 1, 1, 0, 0}, new int[] {0, 1, 1, 0, 1, 1});
        var dataType = dataTypes().get(0);
        var graph = graph(large, dataType);
        for (var given : List.of(large, large.row(1), large)) {
            given.arrays().forEach((name, value) -> {
                if (!name.equals("recurrent")) {
                    graph.feed(name, value);
                }
            });
            assertClose(graph.run(given.differentiated()), SlstmOracle.evaluate(given),
                    dataType == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE, "batch " + given.batch());
        }
    }
}
