package org.xlstm4j.ops.attention;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
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
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;

/** What every form of a decoding step over a cache keeps to. */
abstract class AttentionStepContract {
    private static final List<String> DIFFERENTIATED = List.of("query", "key", "value");

    /** The form under test, with the shapes of {@link Attention#step}. */
    protected abstract SDVariable build(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values,
                                        SDVariable visible);

    /** The types that the form computes in. */
    protected List<DataType> dataTypes() {
        return List.of(DataType.DOUBLE, DataType.FLOAT);
    }

    @ParameterizedTest
    @CsvSource({"4, 4, 1", "4, 2, 7", "4, 1, 9"})
    void readsTheVisibleSlots(int heads, int keyValueHeads, int slots) {
        var spec = AttentionSpec.causal(heads, keyValueHeads, slots, 5);
        var given = inputs(spec, 3, 1);
        // Each row sees the slots below its number and the last one.
        var visible = visible(3, slots, (row, slot) -> slot < row || slot == slots - 1);
        var expected = AttentionOracle.evaluate(spec, given,
                (row, query, key) -> visible.getDouble(row, key) == 1);
        for (var dataType : dataTypes()) {
            assertClose(graph(spec, given, visible, dataType).run(DIFFERENTIATED), expected,
                    dataType == DataType.DOUBLE ? 1e-10 : 2e-5, dataType.toString());
        }
    }

    @Test
    void unseenSlotsMayHoldAnything() {
        var spec = AttentionSpec.causal(2, 1, 6, 4);
        var clean = inputs(spec, 1, 2);
        var dirty = new LinkedHashMap<>(clean);
        for (var name : List.of("key", "value")) {
            var junk = clean.get(name).dup('c');
            for (int j = 0; j < 4; j++) {
                junk.putScalar(new int[] {0, 0, 3, j}, 1e3);
            }
            dirty.put(name, junk);
        }
        var visible = visible(1, 6, (row, slot) -> slot != 3);
        assertClose(graph(spec, dirty, visible, DataType.FLOAT).outputs(),
                graph(spec, clean, visible, DataType.FLOAT).outputs(), 0, "junk in slot 3");
    }

    @Test
    void orderOfTheSlotsDoesNotMatter() {
        var spec = AttentionSpec.causal(4, 2, 5, 4);
        var given = inputs(spec, 2, 3);
        var turned = new LinkedHashMap<>(given);
        turned.replaceAll((name, x) -> name.equals("key") || name.equals("value")
                ? Nd4j.concat(2, slots(x, 2, 5), slots(x, 0, 2)) : x);
        var visible = visible(2, 5, (row, slot) -> true);
        assertClose(graph(spec, turned, visible, DataType.DOUBLE).outputs(),
                graph(spec, given, visible, DataType.DOUBLE).outputs(), 1e-12, "turned by two");
    }

    @Test
    void stepsEqualTheWholeRun() {
        var whole = AttentionSpec.window(2, 1, 11, 4, 3, 2);
        var given = inputs(whole, 1, 4);
        given.put("query", new RandomArrays(5).normal(1, 2, 11, 4));
        given.put("doutput", new RandomArrays(6).normal(1, 2, 11, 4));
        var causal = AttentionOracle.causal(whole, null);
        var expected = AttentionOracle.evaluate(whole, given, causal).get("output");
        var spec = AttentionSpec.causal(2, 1, 11, 4);
        for (int t = 0; t < 11; t++) {
            int now = t;
            var step = new LinkedHashMap<>(given);
            step.put("query", slots(given.get("query"), t, t + 1));
            step.put("doutput", slots(given.get("doutput"), t, t + 1));
            var visible = visible(1, 11, (row, slot) -> causal.sees(row, now, slot));
            assertClose(graph(spec, step, visible, DataType.DOUBLE).outputs(),
                    Map.of("output", slots(expected, t, t + 1)), 1e-10, "step " + t);
        }
    }

    private GraphUnderTest graph(AttentionSpec spec, Map<String, INDArray> given, INDArray visible,
                                 DataType dataType) {
        var graph = new GraphUnderTest(dataType);
        graph.output("output", build(spec, graph.input("query", given.get("query")),
                graph.input("key", given.get("key")), graph.input("value", given.get("value")),
                graph.input("visible", visible)), given.get("doutput"));
        return graph;
    }

    private static Map<String, INDArray> inputs(AttentionSpec spec, int batch, long seed) {
        var random = new RandomArrays(seed);
        var given = new LinkedHashMap<String, INDArray>();
        given.put("query", random.normal(batch, spec.heads(), 1, spec.headDim()));
        given.put("key", random.normal(batch, spec.keyValueHeads(), spec.time(), spec.headDim()));
        given.put("value", random.normal(batch, spec.keyValueHeads(), spec.time(), spec.valueDim()));
        given.put("doutput", random.normal(batch, spec.heads(), 1, spec.valueDim()));
        return given;
    }

    private static INDArray slots(INDArray x, int from, int to) {
        return x.get(all(), all(), interval(from, to), all()).dup('c');
    }

    private static INDArray visible(int batch, int slots, Slot slot) {
        var visible = Nd4j.zeros(DataType.DOUBLE, batch, slots);
        for (int row = 0; row < batch; row++) {
            for (int s = 0; s < slots; s++) {
                visible.putScalar(row, s, slot.isSeen(row, s) ? 1 : 0);
            }
        }
        return visible;
    }

    private interface Slot {
        boolean isSeen(int row, int slot);
    }
}
