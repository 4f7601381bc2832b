package org.xlstm4j.ops.attention;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

/** What every form of causal attention keeps to. */
abstract class AttentionContract {
    static final List<String> DIFFERENTIATED = List.of("query", "key", "value");

    /** The form under test. */
    protected abstract Form form();

    /** The types that the form computes in. */
    protected abstract List<DataType> dataTypes();

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 33, 63})
    void fullAttentionMatchesTripleLoop(int time) {
        assertMatchesOracle(AttentionSpec.causal(3, 3, time, 5), 2, null);
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "2, 1, 0", "7, 3, 1", "33, 8, 4", "63, 16, 3", "33, 33, 0", "33, 100, 4"})
    void windowMatchesTripleLoop(int time, int window, int sinks) {
        assertMatchesOracle(AttentionSpec.window(2, 2, time, 4, window, sinks), 2, null);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 2", "4, 0", "4, 1", "4, 4", "4, 9", "21, 3", "3, 50"})
    void sinksInsideAndOutsideTheWindow(int window, int sinks) {
        assertMatchesOracle(AttentionSpec.window(1, 1, 21, 4, window, sinks), 1, null);
    }

    @ParameterizedTest
    @CsvSource({"4, 2", "4, 1", "6, 3"})
    void queryHeadsShareKeyValueHeads(int heads, int keyValueHeads) {
        assertMatchesOracle(AttentionSpec.causal(heads, keyValueHeads, 13, 4), 2, null);
        assertMatchesOracle(AttentionSpec.window(heads, keyValueHeads, 13, 4, 5, 2), 2, null);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 2", "4, 0", "4, 2", "8, 3", "40, 4"})
    void windowAndSinksAreCountedWithinDocuments(int window, int sinks) {
        assertMatchesOracle(AttentionSpec.window(2, 1, 30, 4, window, sinks), 3, documents());
    }

    @Test
    void fullAttentionStaysWithinDocuments() {
        assertMatchesOracle(AttentionSpec.causal(4, 2, 30, 4), 3, documents());
    }

    @Test
    void paddedRowEqualsRowAlone() {
        int padding = 5;
        int time = 12;
        for (var spec : List.of(AttentionSpec.causal(2, 1, time, 4), AttentionSpec.window(2, 1, time, 4, 3, 2))) {
            var padded = inputs(spec, 1, 40);
            var documents = new int[][] {IntStream.range(0, time).map(t -> t < padding ? 0 : 1).toArray()};
            var alone = new LinkedHashMap<String, INDArray>();
            padded.forEach((name, x) -> alone.put(name, after(padding, x)));
            var bare = spec.withTime(time - padding);
            var expected = AttentionOracle.evaluate(bare, alone, AttentionOracle.causal(bare, null)).get("output");
            for (var dataType : dataTypes()) {
                var got = graph(spec, padded, documents, dataType).outputs().get("output");
                assertClose(Map.of("output", after(padding, got)), Map.of("output", expected), tolerance(dataType),
                        spec.toString());
            }
        }
    }

    @Test
    void valuesMayBeWiderThanKeysAndTheScaleIsFree() {
        var window = Optional.of(new AttentionSpec.Window(3, 1));
        assertMatchesOracle(new AttentionSpec(4, 2, 9, 3, 7, 1.7, window), 2, null);
    }

    @Test
    void largeScoresStayFinite() {
        var spec = new AttentionSpec(1, 1, 9, 4, 4, 100, Optional.empty());
        var given = inputs(spec, 1, 60);
        var expected = AttentionOracle.evaluate(spec, given, AttentionOracle.causal(spec, null));
        var dataType = dataTypes().get(0);
        // Float32 rounds scores of hundreds by 1e-5 and more.
        assertClose(graph(spec, given, null, dataType).run(DIFFERENTIATED), expected,
                dataType == DataType.DOUBLE ? 1e-10 : 1e-3, "scores of hundreds");
    }

    @ParameterizedTest
    @CsvSource({"300, 0", "70, 0", "70, 3", "1, 200", "150, 100"})
    void manyTilesMatchTripleLoop(int window, int sinks) {
        var documents = new int[][] {
                IntStream.range(0, 331).map(t -> 1).toArray(),
                IntStream.range(0, 331).map(t -> t < 290 ? 1 : t < 300 ? 2 : 3).toArray()};
        assertMatchesOracle(AttentionSpec.window(2, 1, 331, 3, window, sinks), 2, documents);
        assertMatchesOracle(AttentionSpec.causal(1, 1, 331, 3), 2, documents);
    }

    @Test
    void oneGraphServesEveryBatchSize() {
        var spec = AttentionSpec.window(4, 2, 30, 4, 6, 2);
        var dataType = dataTypes().get(0);
        var graph = graph(spec, inputs(spec, 3, 50), documents(), dataType);
        for (int batch : new int[] {3, 1, 2}) {
            var given = inputs(spec, batch, 51 + batch);
            var rows = Arrays.copyOf(documents(), batch);
            given.forEach(graph::feed);
            graph.feed("segments", Nd4j.createFromArray(rows).castTo(DataType.DOUBLE));
            assertClose(graph.run(DIFFERENTIATED),
                    AttentionOracle.evaluate(spec, given, AttentionOracle.causal(spec, rows)), tolerance(dataType),
                    "batch " + batch);
        }
    }

    private void assertMatchesOracle(AttentionSpec spec, int batch, int[][] documents) {
        dataTypes().forEach(dataType -> assertMatchesOracle(spec, batch, documents, dataType));
    }

    private void assertMatchesOracle(AttentionSpec spec, int batch, int[][] documents, DataType dataType) {
        var given = inputs(spec, batch, 60);
        var expected = AttentionOracle.evaluate(spec, given, AttentionOracle.causal(spec, documents));
        assertClose(graph(spec, given, documents, dataType).run(DIFFERENTIATED), expected,
                tolerance(dataType), dataType + " " + spec);
    }

    private static double tolerance(DataType dataType) {
        return dataType == DataType.DOUBLE ? 1e-10 : 2e-5;
    }

    final GraphUnderTest graph(AttentionSpec spec, Map<String, INDArray> given, int[][] documents,
                                 DataType dataType) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType);
            var segments = documents == null ? null
                    : graph.input("segments", Nd4j.createFromArray(documents).castTo(DataType.DOUBLE));
            var output = Attention.causal(spec, rows(graph.input("query", given.get("query"))),
                    rows(graph.input("key", given.get("key"))), rows(graph.input("value", given.get("value"))), segments);
            graph.output("output", output.reshape(-1, spec.time(), spec.heads(), spec.valueDim()).permute(0, 2, 1, 3),
                    given.get("doutput"));
            return graph;
        });
    }

    /** [batch, heads, time, width] as rows of tokens. */
    private static SDVariable rows(SDVariable x) {
        return x.permute(0, 2, 1, 3).reshape(-1, x.getShape()[1] * x.getShape()[3]);
    }

    static Map<String, INDArray> inputs(AttentionSpec spec, int batch, long seed) {
        var random = new RandomArrays(seed);
        var given = new LinkedHashMap<String, INDArray>();
        given.put("query", random.normal(batch, spec.heads(), spec.time(), spec.headDim()));
        given.put("key", random.normal(batch, spec.keyValueHeads(), spec.time(), spec.headDim()));
        given.put("value", random.normal(batch, spec.keyValueHeads(), spec.time(), spec.valueDim()));
        given.put("doutput", random.normal(batch, spec.heads(), spec.time(), spec.valueDim()));
        return given;
    }

    /** Three rows of 30: one document; several, one of a single token; padding in front and behind. */
    private static int[][] documents() {
        return new int[][] {
                IntStream.range(0, 30).map(t -> 1).toArray(),
                IntStream.range(0, 30).map(t -> t < 11 ? 1 : t < 12 ? 2 : t < 15 ? 3 : 4).toArray(),
                IntStream.range(0, 30).map(t -> t < 4 ? 0 : t < 25 ? 1 : 2).toArray()};
    }

    private static INDArray after(int steps, INDArray x) {
        return x.get(all(), all(), interval(steps, x.size(2)), all()).dup('c');
    }
}
