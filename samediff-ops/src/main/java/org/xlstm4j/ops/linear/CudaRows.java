package org.xlstm4j.ops.linear;

import java.util.List;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** Linear maps of a few rows, such as those of a decoding step: one launch for several, bounded by reading weights. */
final class CudaRows {
    private static final String SOURCE = "linear/rows.cu";
    private static final int MOST_ROWS = 8;
    private static final int MOST_MAPS = 3;
    private static final int WARPS = 8;
    private static final int THREADS = 32 * WARPS;

    private CudaRows() {
    }

    /** Whether cuBLAS would not be faster. */
    static boolean fit(DeviceArray x) {
        return x.size(0) <= MOST_ROWS;
    }

    /** y_i = x · W_iᵀ + b_i. */
    static void forward(DeviceArray x, List<DeviceArray> weights, List<DeviceArray> biases, List<DeviceArray> ys,
                        Gpu gpu) {
        for (int from = 0; from < weights.size(); from += MOST_MAPS) {
            var arguments = new Object[2 + 4 * MOST_MAPS];
            arguments[0] = x;
            arguments[1] = x.size(1);
            int outputs = 0;
            for (int i = 0; i < MOST_MAPS; i++) {
                int map = from + i;
                boolean exists = map < weights.size();
                arguments[2 + 4 * i] = exists ? weights.get(map) : null;
                arguments[3 + 4 * i] = exists && !biases.isEmpty() ? biases.get(map) : null;
                arguments[4 + 4 * i] = exists ? ys.get(map) : null;
                arguments[5 + 4 * i] = exists ? ys.get(map).size(1) : 0;
                outputs += exists ? ys.get(map).size(1) : 0;
            }
            gpu.launch(SOURCE, defines(x, weights.get(from)), "linear_rows",
                    Grid.of(Grid.blocks(outputs, WARPS), THREADS), arguments);
        }
    }

    /** closed = x · gateᵀ, opened = x · upᵀ, active = silu(closed) ∘ opened. */
    static void swiGlu(DeviceArray x, DeviceArray gate, DeviceArray up, DeviceArray closed, DeviceArray opened,
                       DeviceArray active, Gpu gpu) {
        int outputs = gate.size(0);
        gpu.launch(SOURCE, defines(x, gate), "swiglu_rows", Grid.of(Grid.blocks(outputs, WARPS), THREADS), x,
                x.size(1), gate, up, closed, opened, active, outputs);
    }

    private static Defines defines(DeviceArray x, DeviceArray weight) {
        return Defines.of(x.type(), weight.type()).with("ROWS", x.size(0));
    }
}
