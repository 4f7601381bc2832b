package org.xlstm4j.ops.mlstm;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.point;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.GraphUnderTest;

/** What step forms keep to: one graph of one step, run along the time axis, and back along it for the gradients. */
abstract class MlstmStepContract extends MlstmContract {
    private static final List<String> PER_STEP = List.of("query", "key", "value", "inputGate", "forgetGate");

    /** The form under test. */
    protected abstract MlstmOutput build(MlstmSpec spec, SDVariable query, SDVariable key, SDVariable value,
                                         SDVariable inputGate, SDVariable forgetGate, MlstmState state);

    @Override
    protected final Map<String, INDArray> evaluate(MlstmCase given, DataType dataType) {
        var start = given.has("memory") ? given : given.withInitial(given.get("dfinalMemory").mul(0),
                given.get("dfinalNormalizer").mul(0), Nd4j.valueArrayOf(
                        new long[] {given.batch(), given.spec().heads()}, LogSpace.EMPTY, DataType.DOUBLE));
        var results = run(start, dataType);
        if (!given.has("memory")) {
            results.remove("dmemory");
            results.remove("dnormalizer");
            results.remove("dmax");
        }
        return results;
    }

    private Map<String, INDArray> run(MlstmCase given, DataType dataType) {
        int time = given.spec().time();
        var graph = graph(given, dataType);
        var states = new ArrayList<Map<String, INDArray>>();
        var hidden = new ArrayList<INDArray>();
        states.add(Map.of("memory", given.get("memory"), "normalizer", given.get("normalizer"), "max",
                given.get("max")));
        for (int t = 0; t < time; t++) {
            feed(graph, given, t, states.get(t));
            var out = graph.outputs();
            hidden.add(out.get("hidden"));
            states.add(Map.of("memory", out.get("nextMemory"), "normalizer", out.get("nextNormalizer"), "max",
                    out.get("nextMax")));
        }
        var results = new LinkedHashMap<String, INDArray>();
        results.put("hidden", Nd4j.stack(2, hidden.toArray(INDArray[]::new)));

        long[] heads = {given.batch(), given.spec().heads(), 1};
        long[] headMatrices = {given.batch(), given.spec().heads(), 1, 1};
        var last = states.get(time);
        var factor = Transforms.exp(last.get("max").sub(MlstmOracle.evaluate(given).get("finalMax")));
        results.put("finalMemory", last.get("memory").mul(factor.reshape(headMatrices)));
        results.put("finalNormalizer", last.get("normalizer").mul(factor.reshape(heads)));
        results.putAll(backward(graph, given, states, given.get("dfinalMemory").mul(factor.reshape(headMatrices)),
                given.get("dfinalNormalizer").mul(factor.reshape(heads))));
        return results;
    }

    private static Map<String, INDArray> backward(GraphUnderTest graph, MlstmCase given,
                                                  List<Map<String, INDArray>> states, INDArray dMemory,
                                                  INDArray dNormalizer) {
        int time = given.spec().time();
        var gradients = new LinkedHashMap<String, INDArray[]>();
        PER_STEP.forEach(name -> gradients.put(Gradient.of(name), new INDArray[time]));
        var arriving = Map.of("dmemory", dMemory, "dnormalizer", dNormalizer, "dmax", given.get("dfinalMax"));
        for (int t = time - 1; t >= 0; t--) {
            feed(graph, given, t, states.get(t));
            graph.feed(Gradient.of("nextMemory"), arriving.get("dmemory"));
            graph.feed(Gradient.of("nextNormalizer"), arriving.get("dnormalizer"));
            graph.feed(Gradient.of("nextMax"), arriving.get("dmax"));
            var results = graph.gradients(given.differentiated());
            for (var entry : gradients.entrySet()) {
                entry.getValue()[t] = results.get(entry.getKey());
            }
            arriving = Map.of("dmemory", results.get("dmemory"), "dnormalizer", results.get("dnormalizer"),
                    "dmax", results.get("dmax"));
        }
        var stacked = new LinkedHashMap<String, INDArray>();
        gradients.forEach((name, steps) -> stacked.put(name, Nd4j.stack(2, steps)));
        stacked.putAll(arriving);
        return stacked;
    }

    private GraphUnderTest graph(MlstmCase given, DataType dataType) {
        var graph = new GraphUnderTest(dataType);
        var in = PER_STEP.stream().map(name -> graph.input(name, step(given.get(name), 0))).toList();
        var state = new MlstmState(graph.input("memory", given.get("memory")),
                graph.input("normalizer", given.get("normalizer")), graph.input("max", given.get("max")));
        var output = build(given.spec(), in.get(0), in.get(1), in.get(2), in.get(3), in.get(4), state);
        graph.output("hidden", output.hidden(), step(given.get("dhidden"), 0));
        graph.output("nextMemory", output.state().memory(), given.get("memory"));
        graph.output("nextNormalizer", output.state().normalizer(), given.get("normalizer"));
        graph.output("nextMax", output.state().max(), given.get("max").mul(0));
        return graph;
    }

    private static void feed(GraphUnderTest graph, MlstmCase given, int t, Map<String, INDArray> state) {
        PER_STEP.forEach(name -> graph.feed(name, step(given.get(name), t)));
        graph.feed("dhidden", step(given.get("dhidden"), t));
        state.forEach(graph::feed);
    }

    private static INDArray step(INDArray x, int t) {
        return x.get(all(), all(), point(t)).dup('c');
    }
}
