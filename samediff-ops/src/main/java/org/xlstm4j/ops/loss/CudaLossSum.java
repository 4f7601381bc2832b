package org.xlstm4j.ops.loss;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** {@link LossSum} on a GPU: one block a loss, so that the order of sums is always the same. */
final class CudaLossSum {
    private static final String SOURCE = "loss/sum.cu";
    private static final int THREADS = 1024;
    private static final int GRADIENT_THREADS = 256;

    private CudaLossSum() {
    }

    static void forward(List<DeviceArray> losses, List<Double> factors, DeviceArray weights, DeviceArray sum, Gpu gpu) {
        gpu.clear(sum);
        for (int i = 0; i < losses.size(); i++) {
            gpu.launch(SOURCE, Defines.none(), "add_sum", Grid.of(1, THREADS), gpu.as(DataType.FLOAT, losses.get(i)),
                    gpu.as(DataType.FLOAT, weights), factors.get(i).floatValue(), sum, weights.length());
        }
    }

    static void backward(DeviceArray weights, DeviceArray dSum, List<Double> factors, List<DeviceArray> gradients,
                         Gpu gpu) {
        for (int i = 0; i < gradients.size(); i++) {
            gpu.launch(SOURCE, Defines.none(), "scale", Grid.over(weights.length(), GRADIENT_THREADS),
                    gpu.as(DataType.FLOAT, weights), gpu.as(DataType.FLOAT, dSum), factors.get(i).floatValue(),
                    gradients.get(i), weights.length());
        }
    }
}
