package org.xlstm4j.ops.attention;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

/** What every form of reading several tokens after others keeps to: what {@link Attention#step} gives token by token. */
abstract class AttentionExtendContract {
    private static final int TIME = 7;
    private static final int[] BEFORE = {0, 0, 1, 4, 9, 10, 33, 40};
    private static final int[] COUNTS = {TIME, 1, 0, 5, TIME, 2, TIME, 6};
    private static final int CAPACITY = 50;

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    @ParameterizedTest(name = "heads {0}, key-value heads {1}, window {2}, sinks {3}")
    @CsvSource({"4, 4, 5, 2", "4, 2, 3, 0", "4, 1, 1, 3", "2, 2, 9, 1", "6, 3, 0, 0", "1, 1, 30, 4"})
    void equalsStepByStep(int heads, int keyValueHeads, int window, int sinks) {
        var spec = spec(heads, keyValueHeads, window, sinks);
        assertSteps(spec, window == 0 ? new RingBuffer(CAPACITY, 0) : new RingBuffer(sinks, window));
    }

    @ParameterizedTest
    @CsvSource({"20, 0", "12, 3"})
    void aCacheThatKeepsAllMayHaveAWindowToo(int window, int sinks) {
        // Rows that have not read more than the window has seen all of it.
        var spec = spec(4, 2, window, sinks);
        var ring = new RingBuffer(window, 0);
        var given = inputs(spec, ring, new int[] {0, 5, 3}, new int[] {TIME, TIME, 2}, 4);
        assertClose(outputs(spec, ring, given), expected(spec, ring, given), tolerance(), "all kept");
    }

    private void assertSteps(AttentionSpec spec, RingBuffer ring) {
        var given = inputs(spec, ring, BEFORE, COUNTS, 3);
        assertClose(outputs(spec, ring, given), expected(spec, ring, given), tolerance(), ring.toString());
    }

    private double tolerance() {
        return dataType() == DataType.DOUBLE ? 1e-10 : 2e-5;
    }

    static AttentionSpec spec(int heads, int keyValueHeads, int window, int sinks) {
        return new AttentionSpec(heads, keyValueHeads, TIME, 5, 3, 0.7,
                window == 0 ? Optional.empty() : Optional.of(new AttentionSpec.Window(window, sinks)));
    }

    static Map<String, INDArray> inputs(AttentionSpec spec, RingBuffer ring, int[] before, int[] counts, long seed) {
        var random = new RandomArrays(seed);
        long rows = (long) before.length * spec.time();
        long keyWidth = (long) spec.keyValueHeads() * spec.headDim();
        long valueWidth = (long) spec.keyValueHeads() * spec.valueDim();
        var given = new LinkedHashMap<String, INDArray>();
        given.put("query", random.normal(rows, (long) spec.heads() * spec.headDim()));
        given.put("key", random.normal(rows, keyWidth));
        given.put("value", random.normal(rows, valueWidth));
        given.put("keys", random.normal(before.length, ring.slots(), keyWidth));
        given.put("values", random.normal(before.length, ring.slots(), valueWidth));
        given.put("before", Nd4j.createFromArray(before).castTo(DataType.DOUBLE));
        given.put("counts", Nd4j.createFromArray(counts).castTo(DataType.DOUBLE));
        return given;
    }

    final GraphUnderTest graph(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType());
            var step = Attention.extend(spec, graph.input("query", given.get("query")),
                    graph.input("key", given.get("key")), graph.input("value", given.get("value")),
                    new Extension(ring, graph.input("keys", given.get("keys")),
                            graph.input("values", given.get("values")), graph.input("before", given.get("before")),
                            graph.input("counts", given.get("counts"))));
            graph.output("output", step.output(), Nd4j.zeros(DataType.DOUBLE, 1));
            graph.output("nextKeys", step.keys(), Nd4j.zeros(DataType.DOUBLE, 1));
            graph.output("nextValues", step.values(), Nd4j.zeros(DataType.DOUBLE, 1));
            return graph;
        });
    }

    private Map<String, INDArray> outputs(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given) {
        return graph(spec, ring, given).outputs();
    }

    private static Map<String, INDArray> expected(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given) {
        var before = given.get("before").toIntVector();
        var counts = given.get("counts").toIntVector();
        var output = Nd4j.zeros(DataType.DOUBLE, given.get("query").size(0), (long) spec.heads() * spec.valueDim());
        var keys = given.get("keys").dup('c');
        var values = given.get("values").dup('c');
        for (int row = 0; row < before.length; row++) {
            for (int i = 0; i < counts[row]; i++) {
                int token = (row + 1) * spec.time() - counts[row] + i;
                var step = step(spec, ring, given, token, row(keys, row), row(values, row), before[row] + i);
                output.putRow(token, step.get("output"));
                row(keys, row).assign(step.get("nextKeys"));
                row(values, row).assign(step.get("nextValues"));
            }
        }
        return Map.of("output", output, "nextKeys", keys, "nextValues", values);
    }

    private static INDArray row(INDArray caches, int row) {
        return caches.get(interval(row, row + 1), all(), all());
    }

    private static Map<String, INDArray> step(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given,
                                              int token, INDArray keys, INDArray values, int position) {
        return Form.with(Form.COMPOSED, () -> {
            var graph = new GraphUnderTest(DataType.DOUBLE);
            var step = Attention.step(spec, ring, token(graph, "query", given, token),
                    token(graph, "key", given, token), token(graph, "value", given, token),
                    graph.input("keys", keys.dup('c')), graph.input("values", values.dup('c')),
                    graph.input("positions", Nd4j.createFromArray((double) position)));
            graph.output("output", step.output(), Nd4j.zeros(DataType.DOUBLE, 1));
            graph.output("nextKeys", step.keys(), Nd4j.zeros(DataType.DOUBLE, 1));
            graph.output("nextValues", step.values(), Nd4j.zeros(DataType.DOUBLE, 1));
            return graph.outputs();
        });
    }

    private static SDVariable token(GraphUnderTest graph, String name, Map<String, INDArray> given, int token) {
        return graph.input(name, given.get(name).getRow(token, true).dup('c'));
    }
}
