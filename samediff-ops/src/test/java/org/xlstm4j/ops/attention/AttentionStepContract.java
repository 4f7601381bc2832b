package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;
import static org.xlstm4j.ops.testing.RelativeError.assertClose;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

/** What every form of a decoding step over a cache keeps to. */
abstract class AttentionStepContract {
    private static final int[] POSITIONS = {0, 3, 4, 11, 12, 1000};

    /** The form under test. */
    protected abstract Form form();

    /** The types that the form computes in. */
    protected abstract List<DataType> dataTypes();

    @ParameterizedTest
    @CsvSource({"4, 4, 0, 1", "4, 2, 2, 5", "4, 1, 3, 9", "1, 1, 1, 33", "6, 2, 1001, 0", "2, 1, 8, 1"})
    void writesOneSlotAndReadsTheVisibleOnes(int heads, int keyValueHeads, int sinks, int window) {
        var ring = new RingBuffer(sinks, window);
        var spec = spec(heads, keyValueHeads, 5, 3);
        var given = inputs(spec, ring, POSITIONS, 1);
        var expected = expected(spec, ring, given);
        for (var dataType : dataTypes()) {
            assertClose(graph(spec, ring, given, dataType).outputs(),
                    Map.of("output", expected.get("output"), "nextKeys", expected.get("nextKeys"), "nextValues",
                            expected.get("nextValues")), tolerance(dataType), dataType.toString());
        }
    }

    @Test
    void unseenSlotsMayHoldAnything() {
        var ring = new RingBuffer(2, 4);
        var spec = spec(2, 1, 4, 4);
        var clean = inputs(spec, ring, new int[] {2}, 2);
        var dirty = new LinkedHashMap<>(clean);
        for (var name : List.of("keys", "values")) {
            var junk = clean.get(name).dup('c');
            junk.get(point(0), point(3), all()).assign(1e3);
            dirty.put(name, junk);
        }
        assertClose(Map.of("output", graph(spec, ring, dirty, DataType.FLOAT).outputs().get("output")),
                Map.of("output", graph(spec, ring, clean, DataType.FLOAT).outputs().get("output")), 0,
                "junk in slot 3");
    }

    @Test
    void writtenSlotMayHoldAnything() {
        var ring = new RingBuffer(2, 4);
        var spec = spec(2, 1, 4, 4);
        var clean = inputs(spec, ring, new int[] {9}, 2);
        var dirty = new LinkedHashMap<>(clean);
        for (var name : List.of("keys", "values")) {
            var junk = clean.get(name).dup('c');
            junk.get(point(0), point(ring.slot(9)), all()).assign(1e3);
            dirty.put(name, junk);
        }
        assertClose(graph(spec, ring, dirty, DataType.FLOAT).outputs(),
                graph(spec, ring, clean, DataType.FLOAT).outputs(), 0, "junk in the position's slot");
    }

    @Test
    void orderOfTheSlotsDoesNotMatter() {
        var ring = new RingBuffer(0, 5);
        var spec = spec(4, 2, 4, 4);
        var given = inputs(spec, ring, new int[] {9, 9}, 3);
        var turned = new LinkedHashMap<>(given);
        for (var name : List.of("keys", "values")) {
            var from = given.get(name);
            var to = from.dup('c');
            for (int slot = 0; slot < 5; slot++) {
                to.get(all(), point((slot + 2) % 5), all()).assign(from.get(all(), point(slot), all()));
            }
            turned.put(name, to);
        }
        turned.put("positions", positions(11, 11));
        var dataType = dataTypes().get(0);
        assertClose(Map.of("output", graph(spec, ring, turned, dataType).outputs().get("output")),
                Map.of("output", graph(spec, ring, given, dataType).outputs().get("output")),
                dataType == DataType.DOUBLE ? 1e-12 : 1e-6, "turned by two");
    }

    @ParameterizedTest
    @CsvSource({"2, 3", "0, 4", "11, 0", "0, 20"})
    void stepsEqualTheWholeRun(int sinks, int window) {
        var ring = new RingBuffer(sinks, window);
        var whole = window == 0 ? AttentionSpec.causal(2, 1, 11, 4)
                : AttentionSpec.window(2, 1, 11, 4, window, sinks);
        var sequence = AttentionContract.inputs(whole, 1, 4);
        var expected = AttentionOracle.evaluate(whole, sequence, AttentionOracle.causal(whole, null)).get("output");
        var dataType = dataTypes().get(0);
        var step = inputs(whole, ring, new int[] {0}, 5);
        step.get("keys").assign(0);
        step.get("values").assign(0);
        var graph = graph(whole, ring, step, dataType);
        for (int t = 0; t < 11; t++) {
            for (var name : List.of("query", "key", "value")) {
                graph.feed(name, at(sequence.get(name), t));
            }
            graph.feed("positions", positions(t));
            var outputs = graph.outputs();
            assertClose(Map.of("output", outputs.get("output")), Map.of("output", at(expected, t)),
                    tolerance(dataType), "step " + t);
            graph.feed("keys", outputs.get("nextKeys"));
            graph.feed("values", outputs.get("nextValues"));
        }
    }

    @Test
    void largeScoresStayFinite() {
        var ring = new RingBuffer(1, 6);
        var spec = new AttentionSpec(2, 1, 1, 4, 4, 1e4, Optional.empty());
        var outputs = graph(spec, ring, inputs(spec, ring, POSITIONS, 8), DataType.FLOAT).outputs();
        assertThat(outputs.get("output").sumNumber().doubleValue()).isFinite();
    }

    static AttentionSpec spec(int heads, int keyValueHeads, int headDim, int valueDim) {
        return new AttentionSpec(heads, keyValueHeads, 1, headDim, valueDim, 0.7, Optional.empty());
    }

    static double tolerance(DataType dataType) {
        return dataType == DataType.DOUBLE ? 1e-10 : 2e-5;
    }

    final GraphUnderTest graph(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given, DataType dataType) {
        return Form.with(form(), () -> {
            var graph = new GraphUnderTest(dataType);
            var step = Attention.step(spec, ring, graph.input("query", given.get("query")),
                    graph.input("key", given.get("key")), graph.input("value", given.get("value")),
                    graph.input("keys", given.get("keys")), graph.input("values", given.get("values")),
                    graph.input("positions", given.get("positions")));
            graph.output("output", step.output(), given.get("doutput"));
            graph.output("nextKeys", step.keys(), given.get("keys").mul(0));
            graph.output("nextValues", step.values(), given.get("values").mul(0));
            return graph;
        });
    }

    static Map<String, INDArray> inputs(AttentionSpec spec, RingBuffer ring, int[] positions, long seed) {
        var random = new RandomArrays(seed);
        int batch = positions.length;
        long keyWidth = (long) spec.keyValueHeads() * spec.headDim();
        long valueWidth = (long) spec.keyValueHeads() * spec.valueDim();
        var given = new LinkedHashMap<String, INDArray>();
        given.put("query", random.normal(batch, (long) spec.heads() * spec.headDim()));
        given.put("key", random.normal(batch, keyWidth));
        given.put("value", random.normal(batch, valueWidth));
        given.put("keys", random.normal(batch, ring.slots(), keyWidth));
        given.put("values", random.normal(batch, ring.slots(), valueWidth));
        given.put("positions", positions(positions));
        given.put("doutput", random.normal(batch, (long) spec.heads() * spec.valueDim()));
        return given;
    }

    /** Outputs, and the gradients by the inputs' names. */
    static Map<String, INDArray> expected(AttentionSpec spec, RingBuffer ring, Map<String, INDArray> given) {
        var positions = given.get("positions").toIntVector();
        var keys = written(given.get("keys"), given.get("key"), ring, positions);
        var values = written(given.get("values"), given.get("value"), ring, positions);
        int batch = positions.length;
        var attention = AttentionOracle.evaluate(spec.withTime(ring.slots()), Map.of(
                "query", given.get("query").reshape(batch, spec.heads(), 1, spec.headDim()),
                "key", byHead(keys, spec.keyValueHeads()), "value", byHead(values, spec.keyValueHeads()),
                "doutput", given.get("doutput").reshape(batch, spec.heads(), 1, spec.valueDim())),
                (row, query, slot) -> ring.visible(slot, positions[row]));
        var results = new LinkedHashMap<String, INDArray>();
        results.put("output", attention.get("output").reshape(batch, -1));
        results.put("nextKeys", keys);
        results.put("nextValues", values);
        results.put("dquery", attention.get("dquery").reshape(batch, -1));
        for (var name : List.of("key", "value")) {
            var gradient = attention.get("d" + name).permute(0, 2, 1, 3).dup('c').reshape(batch, ring.slots(), -1);
            var ofEntry = Nd4j.zeros(DataType.DOUBLE, given.get(name).shape());
            for (int row = 0; row < batch; row++) {
                var place = gradient.get(point(row), point(ring.slot(positions[row])), all());
                ofEntry.putRow(row, place);
                place.assign(0);
            }
            results.put("d" + name, ofEntry);
            results.put("d" + name + "s", gradient);
        }
        return results;
    }

    private static INDArray written(INDArray cache, INDArray entry, RingBuffer ring, int[] positions) {
        var written = cache.dup('c');
        for (int row = 0; row < positions.length; row++) {
            written.get(point(row), point(ring.slot(positions[row])), all()).assign(entry.getRow(row));
        }
        return written;
    }

    private static INDArray byHead(INDArray cache, int heads) {
        return cache.reshape(cache.size(0), cache.size(1), heads, -1).permute(0, 2, 1, 3).dup('c');
    }

    /** Token {@code t} of [1, heads, time, width] as a row. */
    private static INDArray at(INDArray sequence, int t) {
        return sequence.get(all(), all(), point(t), all()).dup('c').reshape(1, -1);
    }

    private static INDArray positions(int... positions) {
        return Nd4j.createFromArray(positions).castTo(DataType.DOUBLE);
    }
}
