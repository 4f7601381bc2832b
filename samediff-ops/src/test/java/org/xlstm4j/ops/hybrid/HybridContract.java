package org.xlstm4j.ops.hybrid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.attention.Extension;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.heads.Heads;
import org.xlstm4j.ops.mlstm.Mlstm;
import org.xlstm4j.ops.mlstm.MlstmState;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

/** What every form of the mixer keeps to. */
abstract class HybridContract {
    private static final int BATCH = 2;
    private static final int HIDDEN_SIZE = 7;
    private static final List<String> PARAMETERS = List.of("queryFeatures", "keyFeatures", "inputGateWeight",
            "inputGateBias", "forgetGateWeight", "forgetGateBias", "outputGateWeight", "outputGateBias");
    private static final List<String> INPUTS = List.of("x", "query", "key", "value");

    /** The form under test. */
    protected abstract Form form();

    /** The type that the form computes in. */
    protected abstract DataType dataType();

    /** The width of heads. */
    protected int headDim() {
        return 5;
    }

    private double tolerance(double ofDouble) {
        return dataType() == DataType.DOUBLE ? ofDouble : tolerance();
    }

    /** What a form that does not compute in float64 may be off by. */
    protected double tolerance() {
        return RelativeError.tolerance(dataType());
    }

    /** A graph of the type that the form computes in. */
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType());
    }

    @ParameterizedTest(name = "heads {0}, key-value heads {1}, time {2}, window {3}, sinks {4}, chunks {5}")
    @CsvSource({"4,2,11,3,1,4", "2,2,9,1,0,9", "3,1,7,20,2,2", "1,1,5,2,3,8"})
    void equalsTheEquations(int heads, int keyValueHeads, int time, int window, int sinks, int chunkSize) {
        var spec = new HybridSpec(heads, keyValueHeads, time, headDim(), window, sinks, chunkSize);
        var given = given(spec, 3);
        var one = new double[BATCH][time];
        var documents = new double[BATCH][time];
        for (int t = 0; t < time; t++) {
            documents[0][t] = 1 + t / 4;
            documents[1][t] = t < time - 1 ? 1 : 2;
        }
        requireEqual(run(spec, given, null).get("hidden"), new HybridOracle(spec, given, one).hidden());
        requireEqual(run(spec, given, Nd4j.createFromArray(documents)).get("hidden"),
                new HybridOracle(spec, given, documents).hidden());
    }

    private void requireEqual(INDArray actual, INDArray expected) {
        // The read's eps of 1e-6 is not in the equations.
        assertThat(RelativeError.between(actual, expected)).isLessThan(tolerance(1e-5));
    }

    @Test
    void gradientsEqualCentralDifferences() {
        var spec = new HybridSpec(2, 1, 5, headDim(), 2, 1, 2);
        var given = given(spec, 5);
        var documents = new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 2, 2}};
        var graph = graph(spec, given, Nd4j.createFromArray(documents));
        var upstream = RandomArrays.values(upstream(spec));
        var oracle = new HybridOracle(spec, given, documents);
        var all = new ArrayList<>(INPUTS);
        all.addAll(PARAMETERS);
        var gradients = graph.gradients(all);
        for (var name : all) {
            var numeric = Gradient.numeric(given.get(name), moved -> oracle.with(name, moved).weightedSum(upstream));
            assertThat(RelativeError.between(gradients.get(Gradient.of(name)), numeric)).as(name)
                    .isLessThan(tolerance(1e-7));
        }
    }

    /** Linear attention: i = f = 1, and o = 1 leaves the window out. */
    @Test
    void openGatesAreOneAndGradientsPassThemBy() {
        var spec = new HybridSpec(2, 1, 6, headDim(), 1, 0, 4);
        var given = given(spec, 21);
        for (var name : PARAMETERS.subList(2, PARAMETERS.size())) {
            double value = List.of("forgetGateBias", "outputGateBias").contains(name) ? 10_000 : 0;
            given.get(name).assign(value);
        }
        var documents = new double[][] {{1, 1, 1, 1, 1, 1}, {1, 1, 1, 2, 2, 2}};
        var graph = Form.with(form(), () -> {
            var open = newGraph();
            var features = open.parameter("queryFeatures", given.get("queryFeatures"));
            var parameters = new HybridParameters(features, open.parameter("keyFeatures", given.get("keyFeatures")),
                    MixerGate.openExponential(features, 2, HIDDEN_SIZE), MixerGate.openSigmoid(features, 2, HIDDEN_SIZE),
                    MixerGate.openSigmoid(features, 2, 3 * headDim()));
            var output = Hybrid.apply(spec, parameters,
                    inputs(open, spec, given, Nd4j.createFromArray(documents)));
            open.output("hidden", new Heads(2, 6, headDim()).split(output.hidden()), upstream(spec));
            return open;
        });
        var oracle = new HybridOracle(spec, given, documents);
        requireEqual(graph.outputs().get("hidden"), oracle.hidden());
        var differentiated = List.of("query", "key", "value", "queryFeatures", "keyFeatures");
        var upstream = RandomArrays.values(upstream(spec));
        var gradients = graph.gradients(differentiated);
        for (var name : differentiated) {
            var numeric = Gradient.numeric(given.get(name), moved -> oracle.with(name, moved).weightedSum(upstream));
            assertThat(RelativeError.between(gradients.get(Gradient.of(name)), numeric)).as(name)
                    .isLessThan(tolerance(1e-7));
        }
    }

    @Test
    void stepByStepEqualsTheSequence() {
        var spec = new HybridSpec(4, 2, 8, headDim(), 3, 1, 4);
        var given = given(spec, 9);
        var whole = run(spec, given, null).get("hidden");
        var oneStep = new HybridSpec(4, 2, 1, headDim(), 3, 1, 4);
        var ring = new RingBuffer(1, 3);
        Map<String, INDArray> state = Map.of(
                "keys", Nd4j.zeros(DataType.DOUBLE, BATCH, ring.slots(), 2 * headDim()),
                "values", Nd4j.zeros(DataType.DOUBLE, BATCH, ring.slots(), 2 * headDim()),
                "memory", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, headDim(), headDim()),
                "normalizer", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, headDim()),
                "max", Nd4j.zeros(DataType.DOUBLE, BATCH, 4).subi(1e4));
        for (int t = 0; t < spec.time(); t++) {
            var before = state;
            int position = t;
            state = Form.with(form(), () -> step(oneStep, ring, given, before, position));
            assertThat(RelativeError.between(state.get("hidden"), step(whole, t).reshape(BATCH, 4L * headDim())))
                    .as("step %d", t).isLessThan(tolerance(1e-9));
        }
        assertSameState(Form.with(form(), () -> lastState(spec, given)), state);
    }

    @ParameterizedTest(name = "{0} tokens first")
    @ValueSource(ints = {1, 3, 5, 7})
    void inTwoPartsItEqualsTheSequence(int first) {
        var spec = new HybridSpec(4, 2, 8, headDim(), 3, 1, 4);
        var given = given(spec, 9);
        var whole = run(spec, given, null);
        // As long as the longer part, so that the shorter one has padding before it.
        int time = Math.max(first, 8 - first);
        var part = spec.withTime(time);
        var ring = new RingBuffer(1, 3);
        var empty = Map.of(
                "keys", Nd4j.zeros(DataType.DOUBLE, BATCH, ring.slots(), 2 * headDim()),
                "values", Nd4j.zeros(DataType.DOUBLE, BATCH, ring.slots(), 2 * headDim()),
                "memory", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, headDim(), headDim()),
                "normalizer", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, headDim()),
                "max", Nd4j.valueArrayOf(new long[] {BATCH, 4}, Mlstm.EMPTY, DataType.DOUBLE));
        var head = extend(part, ring, given, empty, 0, first);
        var tail = extend(part, ring, given, head, first, 8 - first);
        for (int t = 0; t < 8; t++) {
            var of = t < first ? head : tail;
            int at = t < first ? time - first + t : time - 8 + t;
            assertThat(RelativeError.between(tokens(of.get("hidden"), time, at), step(whole.get("hidden"), t)
                    .reshape(BATCH, 4L * headDim()))).as("token %d", t).isLessThan(tolerance(1e-9));
        }
        assertSameState(Form.with(form(), () -> lastState(spec, given)), tail);
        for (int padding = 0; padding < time - first; padding++) {
            assertThat(tokens(head.get("hidden"), time, padding).amaxNumber().doubleValue()).isZero();
        }
    }

    /** Some tokens of every sequence, at the ends of rows that are {@code spec.time()} long. */
    private Map<String, INDArray> extend(HybridSpec spec, RingBuffer ring, Map<String, INDArray> given,
                                         Map<String, INDArray> state, int from, int count) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            var in = new HybridInputs(
                    graph.input("x", padded(given.get("x").reshape(BATCH, -1, HIDDEN_SIZE), spec, from, count)),
                    graph.input("query", padded(rows(given.get("query")), spec, from, count)),
                    graph.input("key", padded(rows(given.get("key")), spec, from, count)),
                    graph.input("value", padded(rows(given.get("value")), spec, from, count)), null);
            return results(graph, extend(graph, spec, given, in, ring, state, new int[] {from, from},
                    new int[] {count, count}));
        });
    }

    private static Hybrid.Step extend(GraphUnderTest graph, HybridSpec spec, Map<String, INDArray> given,
                                      HybridInputs in, RingBuffer ring, Map<String, INDArray> state, int[] before,
                                      int[] counts) {
        var memory = new MlstmState(graph.input("memory", state.get("memory")),
                graph.input("normalizer", state.get("normalizer")), graph.input("max", state.get("max")));
        var to = new Extension(ring, graph.input("keys", state.get("keys")),
                graph.input("values", state.get("values")),
                graph.input("positions", Nd4j.createFromArray(before).castTo(DataType.DOUBLE)),
                graph.input("counts", Nd4j.createFromArray(counts).castTo(DataType.DOUBLE)));
        return Hybrid.extend(spec, parameters(graph, given), in, to, memory);
    }

    /** A graph that reads some tokens of each sequence after others. */
    final GraphUnderTest extension(HybridSpec spec, RingBuffer ring, Map<String, INDArray> given, int[] before,
                                   int[] counts) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            var random = new RandomArrays(17);
            long slot = (long) spec.keyValueHeads() * headDim();
            var state = Map.of("keys", random.normal(BATCH, ring.slots(), slot),
                    "values", random.normal(BATCH, ring.slots(), slot),
                    "memory", random.normal(BATCH, spec.heads(), headDim(), headDim()),
                    "normalizer", random.normal(BATCH, spec.heads(), headDim()).addi(5),
                    "max", random.normal(BATCH, spec.heads()));
            outputs(graph, extend(graph, spec, given, inputs(graph, spec, given, null), ring, state, before, counts));
            return graph;
        });
    }

    private static INDArray rows(INDArray byHead) {
        return byHead.permute(0, 2, 1, 3).dup('c').reshape(BATCH, byHead.size(2), -1);
    }

    private static INDArray padded(INDArray rows, HybridSpec spec, int from, int count) {
        var padded = Nd4j.ones(DataType.DOUBLE, BATCH, spec.time(), rows.size(2));
        padded.get(all(), interval(spec.time() - count, spec.time()), all())
                .assign(rows.get(all(), interval(from, from + count), all()));
        return padded.reshape(-1, rows.size(2));
    }

    private static INDArray tokens(INDArray rows, int time, int at) {
        return rows.reshape(BATCH, time, -1).get(all(), point(at), all()).dup('c');
    }

    /** The same memory, however it is stabilised. */
    private void assertSameState(Map<String, INDArray> actual, Map<String, INDArray> expected) {
        var factor = Transforms.exp(actual.get("max").sub(expected.get("max")));
        assertThat(RelativeError.between(actual.get("memory").mul(factor.reshape(BATCH, 4, 1, 1)),
                expected.get("memory"))).isLessThan(tolerance(1e-9));
        assertThat(RelativeError.between(actual.get("normalizer").mul(factor.reshape(BATCH, 4, 1)),
                expected.get("normalizer"))).isLessThan(tolerance(1e-9));
    }

    private Map<String, INDArray> lastState(HybridSpec spec, Map<String, INDArray> given) {
        var graph = newGraph();
        var result = Hybrid.applyWithState(spec, parameters(graph, given), inputs(graph, spec, given, null));
        output(graph, "memory", result.state().memory());
        output(graph, "normalizer", result.state().normalizer());
        output(graph, "max", result.state().max());
        return graph.outputs();
    }

    private Map<String, INDArray> step(HybridSpec spec, RingBuffer ring, Map<String, INDArray> given,
                                       Map<String, INDArray> state, int t) {
        var graph = newGraph();
        var x = step(given.get("x").reshape(BATCH, 1, given.get("query").size(2), HIDDEN_SIZE), t);
        var in = new HybridInputs(graph.input("x", x.reshape(BATCH, HIDDEN_SIZE)),
                graph.input("query", step(given.get("query"), t).reshape(BATCH, 4L * headDim())),
                graph.input("key", step(given.get("key"), t).reshape(BATCH, 2L * headDim())),
                graph.input("value", step(given.get("value"), t).reshape(BATCH, 2L * headDim())), null);
        var memory = new MlstmState(graph.input("memory", state.get("memory")),
                graph.input("normalizer", state.get("normalizer")), graph.input("max", state.get("max")));
        var result = Hybrid.step(spec, parameters(graph, given), in, ring, graph.input("keys", state.get("keys")),
                graph.input("values", state.get("values")),
                graph.input("positions", Nd4j.valueArrayOf(new long[] {BATCH}, (double) t, DataType.DOUBLE)), memory);
        return results(graph, result);
    }

    /** Puts out all that a step or several compute. */
    private static Map<String, SDVariable> outputs(GraphUnderTest graph, Hybrid.Step result) {
        output(graph, "hidden", result.output().hidden());
        var next = Map.of("keys", result.keys(), "values", result.values(), "memory", result.state().memory(),
                "normalizer", result.state().normalizer(), "max", result.state().max());
        next.forEach((name, variable) -> output(graph, "next." + name, variable));
        return next;
    }

    private static Map<String, INDArray> results(GraphUnderTest graph, Hybrid.Step result) {
        var next = outputs(graph, result);
        var outputs = graph.outputs();
        var results = new LinkedHashMap<String, INDArray>();
        results.put("hidden", outputs.get("hidden"));
        next.keySet().forEach(name -> results.put(name, outputs.get("next." + name)));
        return results;
    }

    private static void output(GraphUnderTest graph, String name, SDVariable variable) {
        graph.output(name, variable, Nd4j.zeros(DataType.DOUBLE, 1));
    }

    /** Time step {@code t} of [batch, heads, time, width], its axis kept. */
    private static INDArray step(INDArray sequence, int t) {
        var step = Nd4j.create(DataType.DOUBLE, sequence.size(0), sequence.size(1), 1, sequence.size(3));
        for (long row = 0; row < sequence.size(0); row++) {
            for (long head = 0; head < sequence.size(1); head++) {
                for (long j = 0; j < sequence.size(3); j++) {
                    step.putScalar(new long[] {row, head, 0, j}, sequence.getDouble(row, head, t, j));
                }
            }
        }
        return step;
    }

    final Map<String, INDArray> given(HybridSpec spec, long seed) {
        var random = new RandomArrays(seed);
        int heads = spec.heads();
        var given = new LinkedHashMap<String, INDArray>();
        given.put("x", random.normal((long) BATCH * spec.time(), HIDDEN_SIZE));
        given.put("query", random.normal(BATCH, heads, spec.time(), headDim()));
        given.put("key", random.normal(BATCH, spec.keyValueHeads(), spec.time(), headDim()));
        given.put("value", random.normal(BATCH, spec.keyValueHeads(), spec.time(), headDim()));
        given.put("queryFeatures", random.normal(heads, headDim(), headDim()));
        given.put("keyFeatures", random.normal(heads, headDim(), headDim()));
        given.put("inputGateWeight", random.normal(heads, HIDDEN_SIZE));
        given.put("inputGateBias", random.normal(heads));
        given.put("forgetGateWeight", random.normal(heads, HIDDEN_SIZE));
        given.put("forgetGateBias", random.normal(heads));
        given.put("outputGateWeight", random.normal(heads, 3 * headDim()));
        given.put("outputGateBias", random.normal(heads));
        return given;
    }

    private INDArray upstream(HybridSpec spec) {
        return new RandomArrays(17).normal(BATCH, spec.heads(), spec.time(), headDim());
    }

    private Map<String, INDArray> run(HybridSpec spec, Map<String, INDArray> given, INDArray documents) {
        return graph(spec, given, documents).outputs();
    }

    final GraphUnderTest graph(HybridSpec spec, Map<String, INDArray> given, INDArray documents) {
        return Form.with(form(), () -> {
            var graph = newGraph();
            var output = Hybrid.apply(spec, parameters(graph, given), inputs(graph, spec, given, documents));
            graph.output("hidden", new Heads(spec.heads(), spec.time(), headDim()).split(output.hidden()),
                    upstream(spec));
            return graph;
        });
    }

    private HybridInputs inputs(GraphUnderTest graph, HybridSpec spec, Map<String, INDArray> given,
                                       INDArray documents) {
        var segments = documents == null ? null : graph.input("segments", documents);
        var heads = new Heads(spec.heads(), spec.time(), headDim());
        var shared = new Heads(spec.keyValueHeads(), spec.time(), headDim());
        return new HybridInputs(graph.input("x", given.get("x")),
                heads.join(graph.input("query", given.get("query"))),
                shared.join(graph.input("key", given.get("key"))),
                shared.join(graph.input("value", given.get("value"))), segments);
    }

    private static HybridParameters parameters(GraphUnderTest graph, Map<String, INDArray> given) {
        var weights = PARAMETERS.stream().map(name -> graph.parameter(name, given.get(name))).toList();
        return new HybridParameters(weights.get(0), weights.get(1), weights.get(2), weights.get(3), weights.get(4),
                weights.get(5), weights.get(6), weights.get(7));
    }
}
