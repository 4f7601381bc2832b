package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.mlstm.MlstmSpec.Read.CLAMPED;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.TensorFile;

/** What every form of the mLSTM keeps to. */
abstract class MlstmContract {
    static final double DOUBLE_TOLERANCE = 1e-9;
    static final double FLOAT_TOLERANCE = 2e-5;

    /** Outputs and gradients of the form under test, by the names of {@link MlstmCase}, computed in the given type. */
    protected abstract Map<String, INDArray> evaluate(MlstmCase given, DataType dataType);

    /** Chunk sizes that the form is to be tried with over a length. */
    protected List<Integer> chunkSizes(int time) {
        return List.of(MlstmSpec.DEFAULT_CHUNK_SIZE);
    }

    /** The types that the form computes in. */
    protected List<DataType> dataTypes() {
        return List.of(DataType.DOUBLE, DataType.FLOAT);
    }

    @ParameterizedTest
    @CsvSource({"a, 1e-9", "b, 1e-9", "extreme, 1e-6"})
    void matchesReference(String name, double doubleTolerance) {
        var golden = TensorFile.read("/mlstm/" + name + ".safetensors");
        var expected = new LinkedHashMap<String, INDArray>();
        expected.put("hidden", golden.get("h"));
        expected.put("dquery", golden.get("dq"));
        expected.put("dkey", golden.get("dk"));
        expected.put("dvalue", golden.get("dv"));
        expected.put("dinputGate", golden.get("di"));
        expected.put("dforgetGate", golden.get("df"));
        for (var given : inAllChunkSizes(reference(golden))) {
            assertReference(given, expected, doubleTolerance, name);
        }
    }

    @ParameterizedTest
    @CsvSource({"a, 1e-9", "b, 1e-9", "extreme, 1e-6"})
    void matchesReferenceStateFromZeros(String name, double doubleTolerance) {
        var golden = TensorFile.read("/mlstm/" + name + ".safetensors");
        var given = reference(golden);
        given = given.withInitial(golden.get("c_last").mul(0), golden.get("n_last").mul(0),
                Nd4j.zeros(DataType.DOUBLE, given.batch(), given.spec().heads()));
        var factor = Transforms.exp(golden.get("m_last").reshape(
                given.batch(), given.spec().heads()).sub(MlstmOracle.evaluate(given).get("finalMax")));
        var expected = Map.of(
                "hidden", golden.get("h_recurrent"),
                "finalMemory", golden.get("c_last").mul(factor.reshape(given.batch(), given.spec().heads(), 1, 1)),
                "finalNormalizer", golden.get("n_last").mul(factor.reshape(given.batch(), given.spec().heads(), 1)));
        for (var one : inAllChunkSizes(given)) {
            assertReference(one, expected, doubleTolerance, name);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 33, 63})
    void matchesRecurrenceAtEveryLength(int time) {
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, time), 2, time).withRandomStateUpstream(time + 1);
            for (var one : inAllChunkSizes(given)) {
                assertMatchesOracle(one);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 40})
    void startsFromInitialState(int time) {
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, time), 2, time).withRandomInitial(time + 1)
                    .withRandomStateUpstream(time + 2);
            for (var one : inAllChunkSizes(given)) {
                assertMatchesOracle(one);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void splitRunEqualsWholeRun(MlstmSpec.Read read) {
        var whole = MlstmCase.random(spec(read, 29), 2, 5).withRandomInitial(6).withRandomStateUpstream(7);
        for (int cut : new int[] {1, 8, 13, 28}) {
            assertSplitEqualsWhole(whole, cut);
        }
    }

    @ParameterizedTest
    @CsvSource({"1e3, 1e3", "1e3, -1e3", "-1e3, 1e3", "-1e3, -1e3"})
    void extremeGatesStayRight(double input, double forget) {
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.positive(spec(read, 21), 1, 11).withRandomStateUpstream(12);
            assertMatchesOracle(given
                    .with("inputGate", given.get("inputGate").addi(input))
                    .with("forgetGate", given.get("forgetGate").addi(forget)));
        }
    }

    @ParameterizedTest
    @EnumSource
    void gatesThatJumpBetweenExtremesStayRight(MlstmSpec.Read read) {
        var given = MlstmCase.positive(spec(read, 21), 2, 13).withRandomInitial(14).withRandomStateUpstream(15);
        // Whole numbers, so that float32 adds up the same logarithms.
        assertMatchesOracle(given
                .with("inputGate", Transforms.round(given.get("inputGate").mul(1e3)))
                .with("forgetGate", Transforms.round(given.get("forgetGate").subi(2).muli(1e3))));
    }

    @Test
    void valuesMayBeWiderThanKeys() {
        assertMatchesOracle(MlstmCase.random(new MlstmSpec(1, 19, 1, 9, CLAMPED, 0.7, 8), 1, 17)
                .withRandomInitial(18).withRandomStateUpstream(19));
    }

    /**
     * In float64 where the form computes in it. In float32 the oracle's values at the rounded inputs stand for the
     * recorded ones: rounding alone moves those of the extreme gates by 2e-5.
     */
    private void assertReference(MlstmCase given, Map<String, INDArray> expected, double doubleTolerance,
                                 String name) {
        if (dataTypes().contains(DataType.DOUBLE)) {
            assertClose(evaluate(given, DataType.DOUBLE), expected, doubleTolerance, name + " " + given.spec());
            return;
        }
        var rounded = given.roundedTo(DataType.FLOAT);
        var atRounded = new LinkedHashMap<>(MlstmOracle.evaluate(rounded));
        atRounded.keySet().retainAll(expected.keySet());
        assertClose(evaluate(rounded, DataType.FLOAT), atRounded, FLOAT_TOLERANCE, name + " " + given.spec());
        assertClose(atRounded, expected, 2.5e-5, name + " rounded");
    }

    /** A small spec with odd sizes and a chunk size that divides few lengths. */
    static MlstmSpec spec(MlstmSpec.Read read, int time) {
        var spec = read == CLAMPED ? MlstmSpec.clamped(3, time, 4, 5) : MlstmSpec.normalized(3, time, 4, 5);
        return spec.withChunkSize(8);
    }

    final void assertMatchesOracle(MlstmCase given) {
        for (var dataType : dataTypes()) {
            var rounded = given.roundedTo(dataType);
            var expected = new LinkedHashMap<>(MlstmOracle.evaluate(rounded));
            expected.remove("finalMax");
            assertClose(evaluate(rounded, dataType), expected, tolerance(dataType), dataType + " " + given.spec());
        }
    }

    /** Runs up to the cut, hands the state over, runs the rest; gradients go back over the cut the same way. */
    final void assertSplitEqualsWhole(MlstmCase whole, int cut) {
        var expected = new LinkedHashMap<>(MlstmOracle.evaluate(whole));
        expected.remove("finalMax");
        var head = whole.steps(0, cut);
        for (var dataType : dataTypes()) {
            var border = evaluate(head, dataType);
            var tail = whole.steps(cut, whole.spec().time()).withInitial(border.get("finalMemory"),
                    border.get("finalNormalizer"), MlstmOracle.evaluate(head).get("finalMax"));
            var last = evaluate(tail, dataType);
            var first = evaluate(head.withStateUpstream(
                    last.get("dmemory"), last.get("dnormalizer"), last.get("dmax")), dataType);
            assertClose(joined(first, last), expected, tolerance(dataType), dataType + " cut at " + cut);
        }
    }

    private static Map<String, INDArray> joined(Map<String, INDArray> first, Map<String, INDArray> last) {
        var joined = new LinkedHashMap<String, INDArray>();
        for (var name : List.of("hidden", "dquery", "dkey", "dvalue", "dinputGate", "dforgetGate")) {
            joined.put(name, Nd4j.concat(2, first.get(name), last.get(name)));
        }
        for (var name : List.of("finalMemory", "finalNormalizer")) {
            joined.put(name, last.get(name));
        }
        for (var name : List.of("memory", "normalizer", "max")) {
            if (first.containsKey(Gradient.of(name))) {
                joined.put(Gradient.of(name), first.get(Gradient.of(name)));
            }
        }
        return joined;
    }

    private List<MlstmCase> inAllChunkSizes(MlstmCase given) {
        return chunkSizes(given.spec().time()).stream()
                .map(size -> given.with(given.spec().withChunkSize(size))).toList();
    }

    static double tolerance(DataType dataType) {
        return dataType == DataType.DOUBLE ? DOUBLE_TOLERANCE : FLOAT_TOLERANCE;
    }

    private static MlstmCase reference(Map<String, INDArray> golden) {
        var q = golden.get("q");
        var spec = MlstmSpec.clamped((int) q.size(1), (int) q.size(2), (int) q.size(3), (int) golden.get("v").size(3));
        return MlstmCase.random(spec, (int) q.size(0), 0)
                .with("query", q).with("key", golden.get("k")).with("value", golden.get("v"))
                .with("inputGate", golden.get("i")).with("forgetGate", golden.get("f"))
                .with("dhidden", golden.get("dh"));
    }
}
