package org.xlstm4j.ops.mlstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.GraphUnderTest;

/** What forms over whole sequences keep to besides: documents in one row, any batch in one graph. */
abstract class MlstmSequenceContract extends MlstmContract {

    /** The form under test. */
    protected abstract MlstmOutput build(MlstmSpec spec, MlstmInputs inputs);

    @Override
    protected final Map<String, INDArray> evaluate(MlstmCase given, DataType dataType) {
        return graph(given, dataType).run(given.differentiated());
    }

    final GraphUnderTest graph(MlstmCase given, DataType dataType) {
        var graph = new GraphUnderTest(dataType);
        var in = given.arrays().keySet().stream().filter(name -> !name.startsWith("d"))
                .collect(Collectors.toMap(name -> name, name -> graph.input(name, given.get(name))));
        var initial = given.has("memory")
                ? new MlstmState(in.get("memory"), in.get("normalizer"), in.get("max")) : null;
        var output = build(given.spec(), new MlstmInputs(in.get("query"), in.get("key"), in.get("value"),
                in.get("inputGate"), in.get("forgetGate"), in.get("segments"), initial));

        graph.output("hidden", output.hidden(), given.get("dhidden"));
        var oracleMax = graph.input("oracleMax", MlstmOracle.evaluate(given).get("finalMax"));
        var factor = LogSpace.constant(graph.sd().math.exp(output.state().max().sub(oracleMax)));
        int heads = given.spec().heads();
        graph.output("finalMemory", output.state().memory().mul(factor.reshape(-1, heads, 1, 1)),
                given.get("dfinalMemory"));
        graph.output("finalNormalizer", output.state().normalizer().mul(factor.reshape(-1, heads, 1)),
                given.get("dfinalNormalizer"));
        graph.output("finalMax", output.state().max(), given.get("dfinalMax"));
        return graph;
    }

    /** Rows of documents by their lengths, over 40 steps in chunks of 8. */
    static List<int[]> documents() {
        return List.of(
                new int[] {40},
                new int[] {5, 35},
                new int[] {8, 16, 16},
                new int[] {3, 2, 1, 1, 6, 27},
                new int[] {7, 20, 13},
                new int[] {39, 1},
                new int[] {12, 4, 9, 15});
    }

    @ParameterizedTest
    @MethodSource("documents")
    void documentsEqualDocumentsAlone(int[] lengths) {
        for (var read : MlstmSpec.Read.values()) {
            var packed = MlstmCase.random(spec(read, 40), 1, 21).withRandomStateUpstream(22)
                    .withSegments(segments(lengths));
            for (var dataType : dataTypes()) {
                assertClose(evaluate(packed, dataType), alone(packed, lengths), tolerance(dataType),
                        dataType + " " + read);
            }
        }
    }

    @Test
    void rowsOfABatchHaveDocumentsOfTheirOwn() {
        var rows = documents().stream().map(MlstmSequenceContract::segments).toArray(int[][]::new);
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, 40), rows.length, 23).withRandomStateUpstream(24)
                    .withSegments(rows);
            for (int size : new int[] {1, 5, 8, 33}) {
                assertMatchesOracle(given.with(given.spec().withChunkSize(size)));
            }
        }
    }

    @Test
    void initialStateBelongsToTheFirstDocument() {
        var rows = documents().stream().map(MlstmSequenceContract::segments).toArray(int[][]::new);
        for (var read : MlstmSpec.Read.values()) {
            var given = MlstmCase.random(spec(read, 40), rows.length, 25).withRandomInitial(26)
                    .withRandomStateUpstream(27).withSegments(rows);
            for (int size : new int[] {1, 5, 8, 33}) {
                assertMatchesOracle(given.with(given.spec().withChunkSize(size)));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void leftPaddingIsADocumentOfItsOwn(MlstmSpec.Read read) {
        int padding = 11;
        var padded = MlstmCase.random(spec(read, 40), 1, 28).withSegments(IntStream.range(0, 40)
                .map(t -> t < padding ? 0 : 1).toArray());
        var bare = MlstmOracle.evaluate(padded.asOneDocument().steps(padding, 40));
        for (var dataType : dataTypes()) {
            var hidden = evaluate(padded, dataType).get("hidden");
            assertClose(Map.of("hidden", after(padding, hidden)), Map.of("hidden", bare.get("hidden")),
                    tolerance(dataType), dataType.toString());
        }
    }

    @ParameterizedTest
    @EnumSource
    void splitInsideADocumentEqualsWholeRun(MlstmSpec.Read read) {
        var whole = MlstmCase.random(spec(read, 40), 2, 29).withRandomInitial(30).withRandomStateUpstream(31)
                .withSegments(segments(5, 15, 20), segments(40));
        for (int cut : new int[] {1, 11, 16, 33}) {
            assertSplitEqualsWhole(whole, cut);
        }
    }

    @ParameterizedTest
    @EnumSource
    void oneGraphServesEveryBatchSize(MlstmSpec.Read read) {
        var large = MlstmCase.random(spec(read, 21), 3, 32).withRandomInitial(33).withRandomStateUpstream(34)
                .withSegments(segments(21), segments(4, 17), segments(8, 8, 5));
        var dataType = dataTypes().get(0);
        var graph = graph(large, dataType);
        for (var given : List.of(large, large.row(1), large)) {
            var expected = new LinkedHashMap<>(MlstmOracle.evaluate(given));
            given.arrays().forEach(graph::feed);
            graph.feed("oracleMax", expected.remove("finalMax"));
            assertClose(graph.run(given.differentiated()), expected, tolerance(dataType), "batch " + given.batch());
        }
    }

    /** Every document by itself through the oracle, laid end to end; gradients at the last state reach the last one. */
    private static Map<String, INDArray> alone(MlstmCase packed, int[] lengths) {
        var names = List.of("hidden", "dquery", "dkey", "dvalue", "dinputGate", "dforgetGate");
        var joined = new LinkedHashMap<String, INDArray>();
        int from = 0;
        for (int length : lengths) {
            var document = packed.asOneDocument().steps(from, from + length);
            from += length;
            boolean last = from == packed.spec().time();
            var results = MlstmOracle.evaluate(last ? document : document.withStateUpstream(
                    packed.get("dfinalMemory").mul(0), packed.get("dfinalNormalizer").mul(0),
                    packed.get("dfinalMax")));
            names.forEach(name -> joined.merge(name, results.get(name), (a, b) -> Nd4j.concat(2, a, b)));
            joined.put("finalMemory", results.get("finalMemory"));
            joined.put("finalNormalizer", results.get("finalNormalizer"));
        }
        assertThat(from).isEqualTo(packed.spec().time());
        return joined;
    }

    private static INDArray after(int steps, INDArray x) {
        return x.get(all(), all(),
                interval(steps, x.size(2)));
    }

    /** Numbers from 1 on for documents of the given lengths. */
    private static int[] segments(int... lengths) {
        return IntStream.range(0, lengths.length).boxed()
                .flatMap(document -> IntStream.range(0, lengths[document]).mapToObj(t -> document + 1))
                .mapToInt(Integer::intValue).toArray();
    }
}
