package org.xlstm4j.ops.linear;

import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** The SwiGLU MLP, y = (silu(x · W_gateᵀ) ∘ (x · W_upᵀ)) · W_downᵀ: products by cuBLAS and one kernel between them. */
final class CudaSwiGlu {
    private static final String SOURCE = "linear/swiglu.cu";

    private CudaSwiGlu() {
    }

    /** Writes y, and for the gradient {@code closed} = x · W_gateᵀ and {@code opened} = x · W_upᵀ. */
    static void forward(DeviceArray x, DeviceArray gate, DeviceArray up, DeviceArray down, DeviceArray y,
                        DeviceArray closed, DeviceArray opened, Precision precision, Gpu gpu) {
        var active = gpu.scratch(x.type(), x.size(0), gate.size(0));
        if (CudaRows.fit(x)) {
            CudaRows.swiGlu(x, gate, up, closed, opened, active, gpu);
        } else {
            CudaLinear.forward(x, List.of(gate, up), List.of(), List.of(closed, opened), precision, gpu);
            launch("swiglu", active, gpu, closed, opened, active, active.length());
        }
        CudaLinear.forward(active, List.of(down), List.of(), List.of(y), precision, gpu);
    }

    /** Writes the gradients that are not null. */
    static void backward(DeviceArray x, DeviceArray gate, DeviceArray up, DeviceArray down, DeviceArray closed,
                         DeviceArray opened, DeviceArray dy, DeviceArray dx, DeviceArray dGate, DeviceArray dUp,
                         DeviceArray dDown, Precision precision, Gpu gpu) {
        long rows = x.size(0);
        long width = gate.size(0);
        var dActive = gpu.scratch(x.type(), rows, width);
        var active = gpu.scratch(x.type(), rows, width);
        var dClosed = gpu.scratch(x.type(), rows, width);
        var dOpened = gpu.scratch(x.type(), rows, width);
        CudaLinear.inputGradient(dy, down, false, dActive, precision, gpu);
        launch("swiglu_gradient", active, gpu, dActive, closed, opened, dClosed, dOpened, active, active.length());
        if (dDown != null) {
            CudaLinear.weightGradient(active, dy, dDown, precision, gpu);
        }
        var dWeights = Arrays.asList(dGate, dUp);
        CudaLinear.backward(x, List.of(gate, up), List.of(dClosed, dOpened), dx, dWeights, List.of(), precision, gpu);
    }

    private static void launch(String kernel, DeviceArray like, Gpu gpu, Object... arguments) {
        gpu.launch(SOURCE, Defines.of(like.type(), like.type()), kernel, Grid.over((like.length() + 7) / 8, 256),
                arguments);
    }
}
