package org.xlstm4j.ops.norm;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Reductions;

/**
 * RMSNorm in one pass over rows, each as long as the weight; the weight's gradient is summed by blocks of rows first.
 * See {@link CpuRmsNorm}.
 */
final class CudaRmsNorm {
    private static final String SOURCE = "norm/norm.cu";
    private static final int WARPS = 8;
    private static final int THREADS = 32 * WARPS;
    /** Numbers of a row that a warp has at best. */
    private static final int PER_WARP = 256;
    /** The most parts of the rows that are summed side by side. */
    private static final int PARTS = 512;

    private CudaRmsNorm() {
    }

    /** The norm of x, and the residual added to it where that is not null. */
    static void forward(DeviceArray x, DeviceArray weight, DeviceArray residual, double eps, DeviceArray y, Gpu gpu) {
        forward(x, null, weight, residual, eps, null, y, gpu);
    }

    /** The norm of sum = x + update. */
    static void forwardOfSum(DeviceArray x, DeviceArray update, DeviceArray weight, double eps, DeviceArray sum,
                             DeviceArray y, Gpu gpu) {
        forward(x, update, weight, null, eps, sum, y, gpu);
    }

    private static void forward(DeviceArray x, DeviceArray update, DeviceArray weight, DeviceArray residual, double eps,
                                DeviceArray sum, DeviceArray y, Gpu gpu) {
        gpu.launch(SOURCE, defines(x, weight), "rms_norm", Grid.of(blocks(x, weight), THREADS), x, inTypeOf(x, update, gpu),
                weight, inTypeOf(x, residual, gpu), sum, y, rows(x, weight), (float) eps);
    }

    /**
     * Writes the gradients of x and the weight.
     *
     * @param dSum    further gradient of x, null where there is none
     * @param dxAgain where the gradient of x is written once more, or null
     */
    static void backward(DeviceArray x, DeviceArray weight, DeviceArray dy, DeviceArray dSum, double eps,
                         DeviceArray dx, DeviceArray dWeight, DeviceArray dxAgain, Gpu gpu) {
        long parts = Math.min(PARTS, blocks(x, weight));
        var partial = gpu.scratch(DataType.FLOAT, parts, weight.length());
        gpu.launch(SOURCE, defines(x, weight), "rms_norm_gradient", Grid.of(parts, THREADS), x, weight,
                inTypeOf(x, dy, gpu), inTypeOf(x, dSum, gpu), dx, dxAgain, partial, rows(x, weight), (float) eps);
        Reductions.sumColumns(partial, dWeight, gpu);
    }

    private static DeviceArray inTypeOf(DeviceArray x, DeviceArray other, Gpu gpu) {
        return other == null ? null : gpu.as(x.type(), other);
    }

    private static Defines defines(DeviceArray x, DeviceArray weight) {
        return Defines.of(x.type(), weight.type()).with("WIDTH", width(weight))
                .with("ROW_WARPS", rowWarps(weight));
    }

    private static int width(DeviceArray weight) {
        return Math.toIntExact(weight.length());
    }

    private static int rows(DeviceArray x, DeviceArray weight) {
        return Math.toIntExact(x.length() / weight.length());
    }

    private static long blocks(DeviceArray x, DeviceArray weight) {
        return Grid.blocks(rows(x, weight), WARPS / rowWarps(weight));
    }

    /** Warps that share a row. */
    private static int rowWarps(DeviceArray weight) {
        int warps = 1;
        while (warps < WARPS && warps * PER_WARP < weight.length()) {
            warps *= 2;
        }
        return warps;
    }
}
