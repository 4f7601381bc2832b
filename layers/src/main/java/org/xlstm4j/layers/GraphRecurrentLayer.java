package org.xlstm4j.layers;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.Layer;
import org.deeplearning4j.nn.api.MaskState;
import org.deeplearning4j.nn.conf.NeuralNetConfiguration;
import org.deeplearning4j.nn.gradient.DefaultGradient;
import org.deeplearning4j.nn.gradient.Gradient;
import org.deeplearning4j.nn.layers.recurrent.BaseRecurrentLayer;
import org.deeplearning4j.nn.layers.samediff.DL4JSameDiffMemoryMgr;
import org.deeplearning4j.nn.workspace.ArrayType;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.nd4j.autodiff.samediff.internal.SessionMemMgr;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What a {@link RecurrentSameDiffLayer} configuration becomes in a running net. */
final class GraphRecurrentLayer extends BaseRecurrentLayer<RecurrentSameDiffLayer> {
    private static final long serialVersionUID = 1L;

    private final transient GraphCache<SequenceGraph> whole = new GraphCache<>();
    private final transient GraphCache<SequenceGraph> pieces = new GraphCache<>();

    GraphRecurrentLayer(NeuralNetConfiguration conf, DataType dataType) {
        super(conf, dataType);
    }

    @Override
    public Layer.Type type() {
        return Layer.Type.RECURRENT;
    }

    @Override
    public boolean isPretrainLayer() {
        return false;
    }

    @Override
    public INDArray activate(boolean training, LayerWorkspaceMgr workspaceMgr) {
        return inFormat(forward(Map.of(), training, workspaceMgr).activations());
    }

    @Override
    public INDArray rnnTimeStep(INDArray input, LayerWorkspaceMgr workspaceMgr) {
        setInput(input, workspaceMgr);
        var out = forward(stateOrStart(), false, workspaceMgr);
        rnnSetPreviousState(out.state());
        return inFormat(out.activations());
    }

    @Override
    public INDArray rnnActivateUsingStoredState(INDArray input, boolean training, boolean storeLastForTBPTT,
            LayerWorkspaceMgr workspaceMgr) {
        setInput(input, workspaceMgr);
        var out = forward(stateOrStart(), training, workspaceMgr);
        if (storeLastForTBPTT) {
            rnnSetTBPTTState(out.state());
        }
        return inFormat(out.activations());
    }

    @Override
    public Pair<Gradient, INDArray> backpropGradient(INDArray epsilon, LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        applyDropOutIfNecessary(true, workspaceMgr);
        return backward(inputs(Map.of(), true, workspaceMgr), permuteIfNWC(epsilon), 0, workspaceMgr);
    }

    @Override
    public Pair<Gradient, INDArray> tbpttBackpropGradient(INDArray epsilon, int tbpttBackLength,
            LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(true);
        applyDropOutIfNecessary(true, workspaceMgr);
        var in = inputs(stateOrStart(), true, workspaceMgr);
        var upstream = permuteIfNWC(epsilon);
        long time = in.input().size(2);
        long first = tbpttBackLength > 0 ? Math.max(0, time - tbpttBackLength) : 0;
        if (first > 0) {
            // Steps before the last ones only make the state that those start from.
            var state = run(steps(in, 0, first, in.state()), ArrayType.BP_WORKING_MEM, workspaceMgr).state();
            in = steps(in, first, time, state);
            upstream = upstream.get(all(), all(), interval(first, time)).dup();
        }
        return backward(in, upstream, first, workspaceMgr);
    }

    private static SequenceGraph.Inputs steps(SequenceGraph.Inputs in, long from, long to,
            Map<String, INDArray> state) {
        return new SequenceGraph.Inputs(in.input().get(all(), all(), interval(from, to)).dup(),
                in.mask().get(all(), interval(from, to)).dup(), in.parameters(), state);
    }

    private SequenceGraph.Outputs forward(Map<String, INDArray> state, boolean training,
            LayerWorkspaceMgr workspaceMgr) {
        assertInputSet(false);
        applyDropOutIfNecessary(training, workspaceMgr);
        return run(inputs(state, training, workspaceMgr), ArrayType.FF_WORKING_MEM, workspaceMgr);
    }

    private SequenceGraph.Inputs inputs(Map<String, INDArray> state, boolean training,
            LayerWorkspaceMgr workspaceMgr) {
        var sequence = permuteIfNWC(input.castTo(dataType));
        layerConf().validateInput(sequence);
        layerConf().validateMask(maskArray, state);
        var parameters = new LinkedHashMap<String, INDArray>();
        for (String name : params.keySet()) {
            parameters.put(name, getParamWithNoise(name, training, workspaceMgr));
        }
        var mask = maskArray == null ? Nd4j.ones(dataType, sequence.size(0), sequence.size(2)) : maskArray;
        return new SequenceGraph.Inputs(sequence, mask, parameters, state);
    }

    private SequenceGraph.Outputs run(SequenceGraph.Inputs in, ArrayType working, LayerWorkspaceMgr workspaceMgr) {
        var out = graph(in).run(in, memory(working, ArrayType.ACTIVATIONS, workspaceMgr));
        var state = new LinkedHashMap<String, INDArray>();
        out.state().forEach((name, array) -> state.put(name, detached(array)));
        return new SequenceGraph.Outputs(workspaceMgr.leverageTo(ArrayType.ACTIVATIONS, out.activations()), state);
    }

    private Pair<Gradient, INDArray> backward(SequenceGraph.Inputs in, INDArray upstream, long skipped,
            LayerWorkspaceMgr workspaceMgr) {
        var gradients = graph(in).gradients(in, upstream,
                memory(ArrayType.BP_WORKING_MEM, ArrayType.ACTIVATION_GRAD, workspaceMgr));
        var gradient = new DefaultGradient(gradientsFlattened);
        gradientViews.forEach((name, view) -> {
            view.assign(gradients.parameters().get(name));
            gradient.gradientForVariable().put(name, view);
        });
        weightNoiseParams.clear();
        var below = gradients.input();
        if (skipped > 0) {
            below = Nd4j.concat(2, Nd4j.zeros(dataType, below.size(0), below.size(1), skipped), below);
        }
        below = backpropDropOutIfPresent(inFormat(workspaceMgr.dup(ArrayType.ACTIVATION_GRAD, below)));
        return Pair.of(gradient, below);
    }

    private SequenceGraph graph(SequenceGraph.Inputs in) {
        boolean goesOn = !in.state().isEmpty();
        var graphs = goesOn ? pieces : whole;
        var graph = graphs.get(in.input());
        if (graph == null) {
            graph = OutsideWorkspaces.get(() ->
                    new SequenceGraph(layerConf(), dataType, in.input().shape(), goesOn));
            graphs.put(graph, in.input());
        }
        return graph;
    }

    private static SessionMemMgr memory(ArrayType working, ArrayType output, LayerWorkspaceMgr workspaceMgr) {
        return new DL4JSameDiffMemoryMgr(workspaceMgr.getWorkspaceName(working), workspaceMgr.getWorkspaceName(output),
                workspaceMgr.getConfiguration(working), workspaceMgr.getConfiguration(output));
    }

    private INDArray inFormat(INDArray sequence) {
        return permuteIfNWC(sequence);
    }

    private static INDArray detached(INDArray array) {
        return array.isAttached() ? array.detach() : array;
    }

    /** The state that the next piece starts from: what was carried, or the start. */
    private Map<String, INDArray> stateOrStart() {
        long minibatch = input.size(0);
        if (stateMap.isEmpty()) {
            return OutsideWorkspaces.get(() -> {
                var start = new LinkedHashMap<String, INDArray>();
                layerConf().stateArrays().forEach(array -> start.put(array.name(),
                        array.startFor(minibatch, dataType)));
                return start;
            });
        }
        long carried = stateMap.values().iterator().next().size(0);
        if (carried != minibatch) {
            throw new IllegalStateException(layerConf() + " carries the state of a minibatch of " + carried
                    + ", the input is one of " + minibatch + ": call rnnClearPreviousState between sequences");
        }
        return Map.copyOf(stateMap);
    }

    @Override
    public void rnnSetPreviousState(Map<String, INDArray> state) {
        requireState(state);
        super.rnnSetPreviousState(state);
    }

    @Override
    public void rnnSetTBPTTState(Map<String, INDArray> state) {
        requireState(state);
        super.rnnSetTBPTTState(state);
    }

    /** Nothing, or all of the state's arrays, of one minibatch. */
    private void requireState(Map<String, INDArray> state) {
        if (state.isEmpty()) {
            return;
        }
        long minibatch = state.values().iterator().next().size(0);
        for (StateArray array : layerConf().stateArrays()) {
            var given = state.get(array.name());
            if (given == null || !array.fits(given) || given.size(0) != minibatch) {
                throw new IllegalArgumentException(layerConf() + " needs a state \"" + array.name() + "\" of "
                        + Arrays.toString(array.shapeFor(minibatch)) + ", "
                        + (given == null ? "was given only " + state.keySet()
                                : "was " + Arrays.toString(given.shape())));
            }
        }
    }

    @Override
    public Pair<INDArray, MaskState> feedForwardMaskArray(INDArray mask, MaskState state, int minibatchSize) {
        layerConf().validateMask(mask, Map.of());
        return super.feedForwardMaskArray(inDataType(mask), state, minibatchSize);
    }

    @Override
    public void setMaskArray(INDArray mask) {
        super.setMaskArray(inDataType(mask));
    }

    private INDArray inDataType(INDArray mask) {
        if (mask == null || mask.dataType() == dataType) {
            return mask;
        }
        // The mask outlives the workspace that is open now: the backward pass reads it again.
        return OutsideWorkspaces.get(() -> mask.castTo(dataType));
    }
}
