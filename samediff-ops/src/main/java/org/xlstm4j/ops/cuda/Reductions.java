package org.xlstm4j.ops.cuda;

import org.nd4j.linalg.api.buffer.DataType;

/** Sums that several operators need. Their order depends on shapes alone. */
public final class Reductions {
    private static final String SOURCE = "cuda/reduce.cu";
    private static final String BIAS = "linear/bias.cu";
    /** Parts of the rows that are summed side by side. */
    private static final int PARTS = 256;
    private static final int WARP = 32;
    private static final int THREADS = 256;

    private Reductions() {
    }

    /** sum [width] = Σ over the rows of x [rows, width]. */
    public static void sumRows(DeviceArray x, DeviceArray sum, Gpu gpu) {
        int width = x.size(1);
        var partial = gpu.scratch(DataType.FLOAT, PARTS, width);
        int perVector = 16 / x.type().width();
        int columns = width % perVector == 0 ? WARP * perVector : WARP;
        gpu.launch(BIAS, Defines.of(x.type(), sum.type()), "bias_gradient",
                Grid.of(Grid.blocks(width, columns), PARTS, THREADS), x, partial, x.size(0), width);
        sumColumns(partial, sum, gpu);
    }

    /** sum [width] = Σ over the rows of partial [rows, width], of float32, such as the sums of blocks of rows. */
    public static void sumColumns(DeviceArray partial, DeviceArray sum, Gpu gpu) {
        int width = partial.size(1);
        gpu.launch(SOURCE, Defines.of(DataType.FLOAT, sum.type()), "column_sum",
                Grid.of(Grid.blocks(width, WARP), WARP).withBlock(WARP, WARP), partial, sum, partial.size(0), width);
    }
}
