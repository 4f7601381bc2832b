package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.attention.CudaAttention;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.hybrid.CudaOutputGate.Part;
import org.xlstm4j.ops.mlstm.CudaMlstm;

/**
 * The fused mixer on a GPU, backward. Attention writes the gradients of q, k and v; what comes through the features,
 * the mLSTM's values and the output gate is added to them.
 */
final class CudaHybridGradient {
    private final CudaHybrid forward;
    private final CudaMixer mixer;
    private final Gpu gpu;
    private final DeviceArray gate;
    private final DeviceArray mlstm;
    private final CudaAttention.Outputs window;
    private final DeviceArray products;
    private final DeviceArray dHidden;
    private final DeviceArray dGate;
    private final CudaMlstm.State dState;

    /** Computes features and gates anew. */
    CudaHybridGradient(HybridArguments arguments, List<DeviceArray> arrays, Gpu gpu) {
        forward = new CudaHybrid(arguments, arrays, gpu);
        mixer = forward.mixer;
        this.gpu = gpu;
        gate = arrays.get(Operands.COUNT);
        mlstm = arrays.get(Operands.COUNT + 1);
        window = new CudaAttention.Outputs(arrays.get(Operands.COUNT + 2), arrays.get(Operands.COUNT + 3));
        products = arrays.get(Operands.COUNT + 4);
        dHidden = gpu.as(mixer.element(), arrays.get(HybridGradientOp.D_HIDDEN));
        dGate = gpu.as(mixer.element(), arrays.get(HybridGradientOp.D_HIDDEN + 1));
        int state = HybridGradientOp.D_STATE;
        dState = arguments.finalState() ? new CudaMlstm.State(gpu.as(DataType.FLOAT, arrays.get(state)),
                gpu.as(DataType.FLOAT, arrays.get(state + 1)), gpu.as(DataType.FLOAT, arrays.get(state + 2))) : null;
    }

    void run(Operands<DeviceArray> out) {
        var dMlstm = mixer.rowsOfHeads();
        var dWindow = mixer.rowsOfHeads();
        var ofGate = forward.outputGate.new Gradient(dHidden, dGate, gate, mlstm, window.output(), dMlstm, dWindow);
        forward.attention.backward(window, dWindow,
                new CudaAttention.Gradients(out.query(), out.key(), out.value()));
        throughMlstm(dMlstm, ofGate, out);
        ofGate.finish(out.outputGateWeight(), out.outputGateBias());
    }

    private void throughMlstm(DeviceArray dMlstm, CudaOutputGate.Gradient ofGate, Operands<DeviceArray> out) {
        int heads = mixer.heads();
        var dQueryFeatures = mixer.rowsOfHeads();
        var dKeyFeatures = mixer.rowsOfHeads();
        var dValue = mixer.rowsOfHeads();
        var dGates = gpu.scratch(DataType.FLOAT, mixer.rows(), 2L * heads);
        forward.mlstm.backward(new CudaMlstm.Upstream(mlstm, products, dMlstm, dState),
                new CudaMlstm.Gradients(dQueryFeatures, dKeyFeatures, dValue, dGates, dGates.from(heads), null));
        forward.queryMap.backward(forward.queryFeatures, dQueryFeatures, ofGate, out.query(), out.queryFeatures());
        forward.keyMap.backward(forward.keyFeatures, dKeyFeatures, ofGate, out.key(), out.keyFeatures());
        ofGate.add(Part.VALUE, forward.in.value(), dValue, out.value());
        forward.inputGates.backward(dGates, out);
    }
}
