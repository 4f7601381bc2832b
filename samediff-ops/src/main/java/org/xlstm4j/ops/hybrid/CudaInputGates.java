package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Reductions;

/**
 * Pre-activations of the mLSTM's input and forget gates, side by side in float32, [rows, 2 · heads]: one product with
 * both weights, so that x is read once, in either direction. See {@link InputGates} for the equations.
 */
final class CudaInputGates {
    private static final int COLUMNS = 32;

    private final CudaMixer mixer;
    private final Operands<DeviceArray> in;
    private final int hiddenSize;
    /** Both weights in the type of x, [2 · heads, hiddenSize]. */
    private final DeviceArray weights;

    CudaInputGates(CudaMixer mixer, Operands<DeviceArray> in) {
        this.mixer = mixer;
        this.in = in;
        this.hiddenSize = in.x().size(1);
        this.weights = mixer.gpu().scratch(mixer.element(), 2L * mixer.heads(), hiddenSize);
        int length = mixer.heads() * hiddenSize;
        mixer.launch("join_weights", Grid.over(2L * length, CudaMixer.THREADS), in.inputGateWeight(),
                in.forgetGateWeight(), weights, length);
    }

    DeviceArray forward() {
        int width = 2 * mixer.heads();
        var gates = mixer.gpu().scratch(DataType.FLOAT, mixer.rows(), width);
        mixer.gpu().blas().multiply(mixer.rows(), width, hiddenSize, Matrix.of(in.x()),
                Matrix.of(weights).transpose(), mixer.precision(), 0, Matrix.of(gates));
        mixer.launch("add_gate_biases", Grid.over(gates.length(), CudaMixer.THREADS), gates, in.inputGateBias(),
                in.forgetGateBias(), mixer.heads(), mixer.rows());
        return gates;
    }

    /** Writes the gradients of x, and of weights and biases. */
    void backward(DeviceArray dGates, Operands<DeviceArray> out) {
        int heads = mixer.heads();
        var gpu = mixer.gpu();
        var rounded = gpu.scratch(mixer.element(), mixer.rows(), 2L * heads);
        var dInputBias = gpu.scratch(DataType.FLOAT, mixer.parts(), heads);
        var dForgetBias = gpu.scratch(DataType.FLOAT, mixer.parts(), heads);
        mixer.launch("input_gates_gradient", Grid.of(Grid.blocks(2L * heads, COLUMNS), mixer.parts(), 1)
                        .withBlock(COLUMNS, CudaMixer.THREADS / COLUMNS), dGates, rounded, dInputBias, dForgetBias,
                heads, mixer.rows());
        Reductions.sumColumns(dInputBias, out.inputGateBias(), gpu);
        Reductions.sumColumns(dForgetBias, out.forgetGateBias(), gpu);

        gpu.blas().multiply(mixer.rows(), hiddenSize, 2 * heads, Matrix.of(rounded), Matrix.of(weights),
                mixer.precision(), 0, Matrix.of(out.x()));
        var dWeights = gpu.scratch(DataType.FLOAT, 2L * heads, hiddenSize);
        gpu.blas().multiply(2 * heads, hiddenSize, mixer.rows(), Matrix.of(rounded).transpose(), Matrix.of(in.x()),
                mixer.precision(), 0, Matrix.of(dWeights));
        mixer.launch("split_weights", Grid.over(dWeights.length(), CudaMixer.THREADS), dWeights,
                out.inputGateWeight(), out.forgetGateWeight(), heads * hiddenSize);
    }
}
