package org.xlstm4j.ops.linear;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Reductions;

/**
 * y_i = x · W_iᵀ + b_i by cuBLAS. Weights are rounded to the type of x where that is a shorter one; the gradients of
 * weights come out of float32 sums in their own type. See {@link CpuLinear} for the gradients.
 */
final class CudaLinear {

    private CudaLinear() {
    }

    /** @param biases one a weight, or none at all */
    static void forward(DeviceArray x, List<DeviceArray> weights, List<DeviceArray> biases, List<DeviceArray> ys,
                        Precision precision, Gpu gpu) {
        if (CudaRows.fit(x)) {
            CudaRows.forward(x, weights, biases, ys, gpu);
            return;
        }
        for (int i = 0; i < weights.size(); i++) {
            forward(x, weights.get(i), ys.get(i), precision, gpu);
            if (!biases.isEmpty()) {
                var y = ys.get(i);
                gpu.launch("linear/bias.cu", Defines.of(y.type(), biases.get(i).type()), "add_bias",
                        Grid.of(Grid.blocks(y.size(0), 2), 1).withBlock(128, 2), y, biases.get(i), y.size(0), y.size(1));
            }
        }
    }

    private static void forward(DeviceArray x, DeviceArray weight, DeviceArray y, Precision precision, Gpu gpu) {
        gpu.blas().multiply(x.size(0), weight.size(0), x.size(1), Matrix.of(x), rounded(weight, x, gpu).transpose(),
                precision, 0, Matrix.of(y));
    }

    /** @param dBiases one a weight, or none at all; gradients that are null are left out */
    static void backward(DeviceArray x, List<DeviceArray> weights, List<DeviceArray> dys, DeviceArray dx,
                         List<DeviceArray> dWeights, List<DeviceArray> dBiases, Precision precision, Gpu gpu) {
        for (int i = 0; i < weights.size(); i++) {
            var dy = dys.get(i);
            if (dx != null) {
                inputGradient(dy, weights.get(i), i > 0, dx, precision, gpu);
            }
            if (dWeights.get(i) != null) {
                weightGradient(x, dy, dWeights.get(i), precision, gpu);
            }
            if (!dBiases.isEmpty() && dBiases.get(i) != null) {
                Reductions.sumRows(dy, dBiases.get(i), gpu);
            }
        }
    }

    /** dx = dy · W, or added to what is there. */
    static void inputGradient(DeviceArray dy, DeviceArray weight, boolean add, DeviceArray dx, Precision precision,
                              Gpu gpu) {
        gpu.blas().multiply(dx.size(0), dx.size(1), weight.size(0), Matrix.of(dy), rounded(weight, dy, gpu), precision,
                add ? 1 : 0, Matrix.of(dx));
    }

    /** dW = dyᵀ · x. cuBLAS writes the type of its factors or float32, and other types are converted to. */
    static void weightGradient(DeviceArray x, DeviceArray dy, DeviceArray dWeight, Precision precision, Gpu gpu) {
        boolean direct = dWeight.type() == x.type() || dWeight.type() == DataType.FLOAT;
        var product = direct ? dWeight : gpu.scratch(DataType.FLOAT, dWeight.size(0), dWeight.size(1));
        gpu.blas().multiply(dWeight.size(0), dWeight.size(1), x.size(0), Matrix.of(dy).transpose(), Matrix.of(x),
                precision, 0, Matrix.of(product));
        if (!direct) {
            gpu.copy(gpu.as(dWeight.type(), product), dWeight);
        }
    }

    /** A weight, [out, in], in the type of what it is multiplied with. */
    private static Matrix rounded(DeviceArray weight, DeviceArray like, Gpu gpu) {
        return Matrix.of(gpu.as(like.type(), weight), 0, weight.size(1), 0);
    }
}
