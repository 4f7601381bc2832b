package org.xlstm4j.ops.hybrid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
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
import org.xlstm4j.ops.mlstm.MlstmState;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.RandomArrays;
import org.xlstm4j.ops.testing.RelativeError;

class HybridTest {
    private static final int BATCH = 2;
    private static final int HIDDEN_SIZE = 7;
    private static final int HEAD_DIM = 5;
    private static final List<String> PARAMETERS = List.of("queryFeatures", "keyFeatures", "inputGateWeight",
            "inputGateBias", "forgetGateWeight", "forgetGateBias", "outputGateWeight", "outputGateBias");
    private static final List<String> INPUTS = List.of("x", "query", "key", "value");

    @ParameterizedTest(name = "heads {0}, key-value heads {1}, time {2}, window {3}, sinks {4}, chunks {5}")
    @CsvSource({"4,2,11,3,1,4", "2,2,9,1,0,9", "3,1,7,20,2,2", "1,1,5,2,3,8"})
    void equalsTheEquations(int heads, int keyValueHeads, int time, int window, int sinks, int chunkSize) {
        var spec = new HybridSpec(heads, keyValueHeads, time, HEAD_DIM, window, sinks, chunkSize);
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

    private static void requireEqual(INDArray actual, INDArray expected) {
        // The read's eps of 1e-6 is not in the equations.
        assertThat(RelativeError.between(actual, expected)).isLessThan(1e-5);
    }

    @Test
    void gradientsEqualCentralDifferences() {
        var spec = new HybridSpec(2, 1, 5, HEAD_DIM, 2, 1, 2);
        var given = given(spec, 5);
        var documents = Nd4j.createFromArray(new double[][] {{1, 1, 1, 1, 1}, {1, 1, 1, 2, 2}});
        var graph = graph(spec, given, documents);
        var upstream = upstream(spec);
        var all = new ArrayList<>(INPUTS);
        all.addAll(PARAMETERS);
        var gradients = graph.gradients(all);
        for (var name : all) {
            var numeric = Gradient.numeric(given.get(name), moved -> {
                var changed = new LinkedHashMap<>(given);
                changed.put(name, moved);
                return run(spec, changed, documents).get("hidden").mul(upstream).sumNumber().doubleValue();
            });
            assertThat(RelativeError.between(gradients.get(Gradient.of(name)), numeric)).as(name).isLessThan(1e-7);
        }
    }

    @Test
    void stepByStepEqualsTheSequence() {
        var spec = new HybridSpec(4, 2, 8, HEAD_DIM, 3, 1, 4);
        var given = given(spec, 9);
        var whole = run(spec, given, null).get("hidden");
        var oneStep = new HybridSpec(4, 2, 1, HEAD_DIM, 3, 1, 4);
        int slots = spec.time();
        Map<String, INDArray> state = Map.of("memory", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, HEAD_DIM, HEAD_DIM),
                "normalizer", Nd4j.zeros(DataType.DOUBLE, BATCH, 4, HEAD_DIM),
                "max", Nd4j.zeros(DataType.DOUBLE, BATCH, 4).subi(1e4));
        for (int t = 0; t < spec.time(); t++) {
            var graph = new GraphUnderTest(DataType.DOUBLE);
            var parameters = parameters(graph, given);
            var visible = Nd4j.zeros(DataType.DOUBLE, BATCH, slots);
            for (int s = 0; s <= t; s++) {
                if (t - s < 3 || s < 1) {
                    visible.putScalar(0, s, 1);
                    visible.putScalar(1, s, 1);
                }
            }
            var in = new HybridInputs(graph.input("x", step(given.get("x").reshape(BATCH, 1, 8, HIDDEN_SIZE), t)
                    .reshape(BATCH, HIDDEN_SIZE)), graph.input("query", step(given.get("query"), t)),
                    graph.input("key", step(given.get("key"), t)), graph.input("value", step(given.get("value"), t)),
                    null);
            var before = new MlstmState(graph.input("memory", state.get("memory")),
                    graph.input("normalizer", state.get("normalizer")), graph.input("max", state.get("max")));
            var result = Hybrid.step(oneStep, parameters, in, graph.input("keys", given.get("key")),
                    graph.input("values", given.get("value")), slots, graph.input("visible", visible), before);
            output(graph, "hidden", result.output().hidden());
            output(graph, "nextMemory", result.state().memory());
            output(graph, "nextNormalizer", result.state().normalizer());
            output(graph, "nextMax", result.state().max());
            var outputs = graph.outputs();
            assertThat(RelativeError.between(outputs.get("hidden"), step(whole, t))).as("step %d", t)
                    .isLessThan(1e-9);
            state = Map.of("memory", outputs.get("nextMemory"), "normalizer", outputs.get("nextNormalizer"), "max",
                    outputs.get("nextMax"));
        }
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

    private static Map<String, INDArray> given(HybridSpec spec, long seed) {
        var random = new RandomArrays(seed);
        int heads = spec.heads();
        var given = new LinkedHashMap<String, INDArray>();
        given.put("x", random.normal((long) BATCH * spec.time(), HIDDEN_SIZE));
        given.put("query", random.normal(BATCH, heads, spec.time(), HEAD_DIM));
        given.put("key", random.normal(BATCH, spec.keyValueHeads(), spec.time(), HEAD_DIM));
        given.put("value", random.normal(BATCH, spec.keyValueHeads(), spec.time(), HEAD_DIM));
        given.put("queryFeatures", random.normal(heads, HEAD_DIM, HEAD_DIM));
        given.put("keyFeatures", random.normal(heads, HEAD_DIM, HEAD_DIM));
        given.put("inputGateWeight", random.normal(heads, HIDDEN_SIZE));
        given.put("inputGateBias", random.normal(heads));
        given.put("forgetGateWeight", random.normal(heads, HIDDEN_SIZE));
        given.put("forgetGateBias", random.normal(heads));
        given.put("outputGateWeight", random.normal(heads, 3 * HEAD_DIM));
        given.put("outputGateBias", random.normal(heads));
        return given;
    }

    private static INDArray upstream(HybridSpec spec) {
        return new RandomArrays(17).normal(BATCH, spec.heads(), spec.time(), HEAD_DIM);
    }

    private static Map<String, INDArray> run(HybridSpec spec, Map<String, INDArray> given, INDArray documents) {
        return graph(spec, given, documents).outputs();
    }

    private static GraphUnderTest graph(HybridSpec spec, Map<String, INDArray> given, INDArray documents) {
        var graph = new GraphUnderTest(DataType.DOUBLE);
        var segments = documents == null ? null : graph.input("segments", documents);
        var in = new HybridInputs(graph.input("x", given.get("x")), graph.input("query", given.get("query")),
                graph.input("key", given.get("key")), graph.input("value", given.get("value")), segments);
        var output = Hybrid.apply(spec, parameters(graph, given), in);
        graph.output("hidden", output.hidden(), upstream(spec));
        return graph;
    }

    private static HybridParameters parameters(GraphUnderTest graph, Map<String, INDArray> given) {
        var weights = PARAMETERS.stream().map(name -> graph.parameter(name, given.get(name))).toList();
        return new HybridParameters(weights.get(0), weights.get(1), weights.get(2), weights.get(3), weights.get(4),
                weights.get(5), weights.get(6), weights.get(7));
    }
}
