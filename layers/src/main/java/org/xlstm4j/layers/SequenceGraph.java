package org.xlstm4j.layers;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.autodiff.samediff.array.SingleThreadArrayHolder;
import org.nd4j.autodiff.samediff.internal.InferenceSession;
import org.nd4j.autodiff.samediff.internal.SessionMemMgr;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.ops.graph.PlannedSession;

/** The graph of a recurrent layer for one time length, either of whole sequences or of pieces that go on from a state. */
final class SequenceGraph {
    private static final String INPUT = "input";
    private static final String MASK = "mask";
    private static final String STATE = "state.";
    private static final String GRADIENT = "grad";

    private final SameDiff graph = SameDiff.create();
    private final String activations;
    private final Map<String, String> stateNames = new LinkedHashMap<>();
    private final List<String> differentiable = new ArrayList<>(List.of(INPUT));
    private final String upstream;

    /** @param inputShape [any, features, time] */
    SequenceGraph(RecurrentSameDiffLayer layer, DataType dataType, long[] inputShape, boolean goesOn) {
        // Placeholders may be views.
        graph.setArrayHolders(new SingleThreadArrayHolder(), new SingleThreadArrayHolder(), false);
        var input = graph.placeHolder(INPUT, dataType, -1, inputShape[1], inputShape[2]);
        var mask = graph.placeHolder(MASK, dataType, -1, inputShape[2]);
        var parameters = new LinkedHashMap<String, SDVariable>();
        layer.getLayerParams().getParamShapes().forEach((name, shape) ->
                parameters.put(name, graph.placeHolder(name, dataType, shape)));
        differentiable.addAll(parameters.keySet());
        SDVariable output;
        if (goesOn) {
            var end = goOn(layer, dataType, input, parameters, mask);
            output = end.activations();
            for (StateArray array : layer.stateArrays()) {
                var after = end.state().get(array.name());
                if (after == null) {
                    throw new IllegalStateException(layer + " gives no state \"" + array.name() + "\"");
                }
                stateNames.put(array.name(), after.name());
            }
        } else {
            output = layer.defineSequence(graph, input, parameters, mask);
        }
        activations = output.name();
        upstream = new UpstreamGradient(graph, output).getGradPlaceholderName();
    }

    private SequenceOutput goOn(RecurrentSameDiffLayer layer, DataType dataType, SDVariable input,
            Map<String, SDVariable> parameters, SDVariable mask) {
        var state = new LinkedHashMap<String, SDVariable>();
        for (StateArray array : layer.stateArrays()) {
            state.put(array.name(), graph.placeHolder(STATE + array.name(), dataType, array.shapeFor(-1)));
        }
        return layer.defineLayer(graph, input, parameters, mask, state);
    }

    /**
     * What goes into a graph.
     *
     * @param input      [minibatch, features, time]
     * @param mask       [minibatch, time]
     * @param parameters by name
     * @param state      by name; empty for whole sequences
     */
    record Inputs(INDArray input, INDArray mask, Map<String, INDArray> parameters, Map<String, INDArray> state) {
        private Map<String, INDArray> placeholders() {
            var placeholders = new LinkedHashMap<>(parameters);
            placeholders.put(INPUT, input);
            placeholders.put(MASK, mask);
            state.forEach((name, array) -> placeholders.put(STATE + name, array));
            return placeholders;
        }
    }

    /**
     * What comes out of a graph.
     *
     * @param activations [minibatch, nOut, time]
     * @param state       after the last step, by name; empty for whole sequences
     */
    record Outputs(INDArray activations, Map<String, INDArray> state) {
    }

    Outputs run(Inputs in, SessionMemMgr memory) {
        session(graph).setMmgr(memory);
        var names = new ArrayList<>(stateNames.values());
        names.add(activations);
        var out = graph.output(in.placeholders(), names.toArray(String[]::new));
        release();
        var state = new LinkedHashMap<String, INDArray>();
        stateNames.forEach((name, variable) -> state.put(name, out.get(variable)));
        return new Outputs(out.get(activations), state);
    }

    /**
     * Gradients by input and parameters.
     *
     * @param input      of the loss by the input
     * @param parameters of the loss by each parameter
     */
    record Gradients(INDArray input, Map<String, INDArray> parameters) {
    }

    /** @param epsilon of the loss by the activations */
    Gradients gradients(Inputs in, INDArray epsilon, SessionMemMgr memory) {
        if (!graph.hasGradientFunction()) {
            // Its constants must outlive this iteration's workspaces.
            OutsideWorkspaces.run(() -> graph.createGradFunction(differentiable.toArray(String[]::new)));
        }
        session(graph.getFunction(GRADIENT)).setMmgr(memory);
        var placeholders = in.placeholders();
        placeholders.put(upstream, epsilon);
        var gradients = new LinkedHashMap<>(graph.calculateGradients(placeholders, differentiable));
        release();
        return new Gradients(gradients.remove(INPUT), gradients);
    }

    private static InferenceSession session(SameDiff of) {
        // A stock session's time grows exponentially with the length of an unrolled graph.
        PlannedSession.use(of);
        return of.getSessions().get(Thread.currentThread().getId());
    }

    /** Keeps no array beyond its workspace. */
    private void release() {
        graph.clearPlaceholders(true);
        graph.clearOpInputs();
    }
}
