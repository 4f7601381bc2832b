package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/**
 * What the parts of the fused mixer know on a GPU.
 *
 * @param rows    batch · time
 * @param element the type of activations
 * @param weight  the type of parameters
 */
record CudaMixer(HybridSpec spec, int rows, DataType element, DataType weight, Precision precision, Gpu gpu) {
    static final int THREADS = 256;
    /** Parts of the tokens that are summed up side by side, at most. */
    static final int PARTS = 64;

    private static final String SOURCE = "hybrid/hybrid.cu";
    private static final int VECTOR_BYTES = 16;
    private static final int WARP = 32;
    private static final int PART_ROWS = 64;

    static CudaMixer of(HybridArguments arguments, Operands<DeviceArray> in, Gpu gpu) {
        return new CudaMixer(arguments.spec(), in.query().size(0), in.query().type(), in.queryFeatures().type(),
                arguments.precision(), gpu);
    }

    int heads() {
        return spec.heads();
    }

    int headDim() {
        return spec.headDim();
    }

    /** The macros of all of the mixer's sources. */
    Defines defines() {
        return Defines.of(element, weight).with("HEAD_DIM", headDim());
    }

    /** Launches a kernel of the mixer's main source. */
    void launch(String kernel, Grid grid, Object... arguments) {
        gpu.launch(SOURCE, defines(), kernel, grid, arguments);
    }

    /** A team of lanes for each of {@code count} parts of a head's width, as the source lays them out. */
    Grid teams(int count) {
        int run = Integer.lowestOneBit(headDim() | VECTOR_BYTES / element.width());
        int lanes = Math.min(WARP, Integer.highestOneBit(2 * (headDim() / run) - 1));
        return Grid.over((long) count * lanes, THREADS);
    }

    /** Parts of the tokens that are worth a block each. */
    int parts() {
        return (int) Math.min(PARTS, Grid.blocks(rows, PART_ROWS));
    }

    /** New rows of all heads. */
    DeviceArray rowsOfHeads() {
        return gpu.scratch(element, rows, (long) heads() * headDim());
    }
}
