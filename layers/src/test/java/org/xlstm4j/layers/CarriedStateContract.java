package org.xlstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.HashMap;
import java.util.Map;
import org.deeplearning4j.nn.api.layers.RecurrentLayer;
import org.deeplearning4j.nn.conf.BackpropType;
import org.deeplearning4j.nn.conf.WorkspaceMode;
import org.deeplearning4j.nn.conf.inputs.InputType;
import org.deeplearning4j.nn.conf.layers.Layer;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.nn.workspace.LayerWorkspaceMgr;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.IUpdater;
import org.nd4j.linalg.learning.config.NoOp;
import org.xlstm4j.ops.Form;

/** What every layer that carries a state must hold. */
abstract class CarriedStateContract {
    static final int WIDTH = LayerContract.WIDTH;
    private static final int BATCH = 2;
    private static final int TIME = 11;

    /** The layer with {@link #WIDTH} outputs; what it sees or remembers should end well within {@link #TIME} steps. */
    abstract Layer layer();

    private MultiLayerNetwork net(DataType dataType, Layer... hidden) {
        return Nets.sequential(dataType, WorkspaceMode.ENABLED, new NoOp(), WIDTH, hidden);
    }

    private MultiLayerNetwork truncated(DataType dataType, IUpdater updater, int forward, int backward) {
        var net = new MultiLayerNetwork(Nets.settings(dataType, WorkspaceMode.ENABLED, updater).list()
                .layer(layer()).layer(Nets.output()).setInputType(InputType.recurrent(WIDTH))
                .backpropType(BackpropType.TruncatedBPTT).tBPTTForwardLength(forward).tBPTTBackwardLength(backward)
                .build());
        net.init();
        return net;
    }

    private static INDArray input(DataType dataType, int time) {
        return Nets.input(dataType, BATCH, WIDTH, time, 5);
    }

    private static INDArray steps(INDArray x, int from, int to) {
        return x.get(all(), all(), interval(from, to)).dup();
    }

    private static INDArray inPieces(MultiLayerNetwork net, INDArray input, int... lengths) {
        var out = Nd4j.zeros(input.dataType(), input.size(0), Nets.CLASSES, input.size(2));
        int from = 0;
        for (int length : lengths) {
            out.get(all(), all(), interval(from, from + length))
                    .assign(net.rnnTimeStep(steps(input, from, from + length)));
            from += length;
        }
        return out;
    }

    @Test
    void piecesEqualTheWhole() {
        var net = net(DataType.DOUBLE, layer(), layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray whole = net.output(input);
        for (int[] lengths : new int[][] {{1, 3, 2, 5}, {7, 1, 3}, {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, {TIME}}) {
            net.rnnClearPreviousState();
            assertThat(Nets.difference(inPieces(net, input, lengths), whole)).isLessThan(1e-6);
        }
    }

    @Test
    void piecesEqualTheWholeFused() {
        var net = net(DataType.FLOAT, layer());
        INDArray input = input(DataType.FLOAT, TIME);
        INDArray whole = Form.with(Form.COMPOSED, () -> net.output(input));
        var fresh = net(DataType.FLOAT, layer());
        fresh.setParams(net.params());
        INDArray pieces = Form.with(Form.CPU, () -> inPieces(fresh, input, 6, 1, 4));
        assertThat(Nets.difference(pieces, whole)).isLessThan(1e-5);
    }

    @Test
    void piecesEqualTheWholeInAGraph() {
        var graph = Nets.graph(DataType.DOUBLE, WorkspaceMode.ENABLED, new NoOp(), WIDTH, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray whole = graph.outputSingle(input).dup();
        INDArray first = graph.rnnTimeStep(steps(input, 0, 4))[0].dup();
        INDArray last = graph.rnnTimeStep(steps(input, 4, TIME))[0].dup();
        assertThat(Nets.difference(Nd4j.concat(2, first, last), whole)).isLessThan(1e-6);
    }

    /** One example ends in the second piece, the other starts in it. */
    @Test
    void piecesEqualTheWholeUnderMasks() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        INDArray mask = Nets.mask(DataType.DOUBLE, TIME, 6, TIME);
        mask.get(interval(1, 2), interval(0, 5)).assign(0);
        INDArray whole = LayerContract.hidden(net, input, mask);
        int from = 0;
        for (int length : new int[] {4, 3, 4}) {
            INDArray pieceMask = mask.get(all(), interval(from, from + length)).dup();
            net.setLayerMaskArrays(pieceMask, null);
            INDArray piece = net.rnnActivateUsingStoredState(steps(input, from, from + length), false, true).get(1);
            net.updateRnnStateWithTBPTTState();
            assertThat(Nets.difference(piece, steps(whole, from, from + length))).as("from " + from)
                    .isLessThan(1e-6);
            from += length;
        }
        net.clearLayerMaskArrays();
    }

    @Test
    void clearingForgets() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, 3);
        INDArray first = net.rnnTimeStep(input).dup();
        assertThat(net.rnnTimeStep(input)).isNotEqualTo(first);
        net.rnnClearPreviousState();
        assertThat(net.rnnGetPreviousState(0)).isEmpty();
        assertThat(net.rnnTimeStep(input)).isEqualTo(first);
    }

    @Test
    void outputNeitherReadsNorChangesTheState() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, 3);
        INDArray alone = net.output(input).dup();
        net.rnnTimeStep(input);
        var state = net.rnnGetPreviousState(0);
        assertThat(net.output(input)).isEqualTo(alone);
        assertThat(net.rnnGetPreviousState(0)).isEqualTo(state);
    }

    @Test
    void stateMovesToACloneOfTheNet() {
        var net = net(DataType.DOUBLE, layer());
        INDArray input = input(DataType.DOUBLE, TIME);
        net.rnnTimeStep(steps(input, 0, 5));
        var clone = net.clone();
        assertThat(clone.rnnGetPreviousState(0)).isEmpty();
        clone.rnnSetPreviousState(0, net.rnnGetPreviousState(0));
        assertThat(clone.rnnTimeStep(steps(input, 5, TIME))).isEqualTo(net.rnnTimeStep(steps(input, 5, TIME)));
    }

    @Test
    void stateHasTheShapesThatTheLayerSays() {
        var net = net(DataType.FLOAT, layer());
        net.rnnTimeStep(input(DataType.FLOAT, 3));
        var state = net.rnnGetPreviousState(0);
        var arrays = ((RecurrentSameDiffLayer) net.getLayer(0).conf().getLayer()).stateArrays();
        assertThat(state).hasSameSizeAs(arrays);
        for (StateArray array : arrays) {
            assertThat(state.get(array.name()).shape()).isEqualTo(array.shapeFor(BATCH));
        }
    }

    @Test
    void statesThatDoNotFitAreRefused() {
        var net = net(DataType.DOUBLE, layer());
        net.rnnTimeStep(input(DataType.DOUBLE, 3));
        assertThatThrownBy(() -> net.rnnTimeStep(Nets.input(DataType.DOUBLE, 3, WIDTH, 2, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("state of a minibatch of 2, the input is one of 3: call rnnClearPreviousState");
        var state = new HashMap<>(net.rnnGetPreviousState(0));
        var name = state.keySet().iterator().next();
        state.put(name, Nd4j.zeros(DataType.DOUBLE, BATCH, 99));
        assertThatThrownBy(() -> net.rnnSetPreviousState(0, state)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("needs a state \"" + name + "\"").hasMessageContaining("[2, 99]");
        assertThatThrownBy(() -> net.rnnSetPreviousState(0, Map.of("x", Nd4j.zeros(1, 1))))
                .hasMessageContaining("was given only [x]");
        assertThat(net.rnnGetPreviousState(0).get(name)).isNotEqualTo(state.get(name));
    }

    /** Central differences of the score of a piece that goes on from a state. */
    @Test
    void gradientOfAPieceTakesTheStateAsAConstant() {
        var net = truncated(DataType.DOUBLE, new NoOp(), 4, 4);
        INDArray input = input(DataType.DOUBLE, 9);
        net.rnnTimeStep(steps(input, 0, 5));
        net.setInput(steps(input, 5, 9));
        net.setLabels(Nets.labels(DataType.DOUBLE, BATCH, 4));
        net.computeGradientAndScore();
        // Of the sum over the minibatch, where the score is the mean.
        INDArray gradient = net.getGradientsViewArray().div(BATCH);
        double epsilon = 1e-6;
        for (long i = 0; i < net.numParams(); i += 7) {
            double value = net.params().getDouble(i);
            double above = score(net, i, value + epsilon);
            double below = score(net, i, value - epsilon);
            net.params().putScalar(i, value);
            assertThat(gradient.getDouble(i)).as("parameter " + i)
                    .isCloseTo((above - below) / (2 * epsilon), offset(1e-6));
        }
    }

    private static double score(MultiLayerNetwork net, long parameter, double value) {
        net.params().putScalar(parameter, value);
        net.computeGradientAndScore();
        return net.score();
    }

    @Test
    void fusedGradientOfAPieceIsTheComposedOne() {
        var gradients = new INDArray[2];
        for (Form form : new Form[] {Form.COMPOSED, Form.CPU}) {
            gradients[form == Form.CPU ? 1 : 0] = Form.with(form, () -> {
                var net = truncated(DataType.FLOAT, new NoOp(), 6, 6);
                INDArray input = input(DataType.FLOAT, TIME);
                net.rnnTimeStep(steps(input, 0, 5));
                net.setInput(steps(input, 5, TIME));
                net.setLabels(Nets.labels(DataType.FLOAT, BATCH, TIME - 5));
                net.computeGradientAndScore();
                return net.getGradientsViewArray().dup();
            });
        }
        assertThat(Nets.difference(gradients[1], gradients[0])).isLessThan(1e-4);
    }

    /** Only the last steps count, and what is before them makes the state that they start from. */
    @Test
    void gradientGoesBackAsFarAsItIsTold() {
        var net = net(DataType.DOUBLE, layer());
        var layer = (RecurrentLayer) net.getLayer(0);
        INDArray input = input(DataType.DOUBLE, 7);
        INDArray upstream = Nets.input(DataType.DOUBLE, BATCH, WIDTH, 7, 8);
        net.setBackpropGradientsViewArray(Nd4j.zeros(DataType.DOUBLE, 1, net.numParams()));
        var workspaces = LayerWorkspaceMgr.noWorkspaces();
        layer.setInput(input, workspaces);
        INDArray below = layer.tbpttBackpropGradient(upstream, 3, workspaces).getSecond();
        INDArray actual = layer.getGradientsViewArray().dup();

        layer.rnnTimeStep(steps(input, 0, 4), workspaces);
        layer.setInput(steps(input, 4, 7), workspaces);
        INDArray belowLast = layer.tbpttBackpropGradient(steps(upstream, 4, 7), 3, workspaces).getSecond();
        assertThat(Nets.difference(actual, layer.getGradientsViewArray())).isLessThan(1e-12);
        assertThat(steps(below, 0, 4).amaxNumber().doubleValue()).isZero();
        assertThat(Nets.difference(steps(below, 4, 7), belowLast)).isLessThan(1e-12);
    }

    @Test
    void learnsByTruncatedBackPropagation() {
        var net = truncated(DataType.FLOAT, new Adam(0.03), 4, 4);
        var data = new DataSet(input(DataType.FLOAT, 10), Nets.labels(DataType.FLOAT, BATCH, 10));
        double before = net.score(data);
        for (int epoch = 0; epoch < 20; epoch++) {
            net.fit(data);
        }
        assertThat(net.score(data)).isLessThan(0.7 * before);
        assertThat(net.rnnGetPreviousState(0)).as("cleared after the sequence").isEmpty();
    }
}
