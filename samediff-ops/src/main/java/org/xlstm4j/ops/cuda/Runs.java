package org.xlstm4j.ops.cuda;

import org.nd4j.linalg.api.buffer.DataType;

/** Grids for kernels that pass over rows of numbers in runs: as many at once as fit 16 bytes. See numbers.cuh. */
public final class Runs {
    private static final int VECTOR_BYTES = 16;
    private static final int THREADS = 256;

    private Runs() {
    }

    /**
     * Blocks that are a plane of threads: along x the runs of a row, along y rows.
     *
     * @param rows   their number
     * @param pieces of a row, which have no run in common
     * @param length numbers of a piece
     * @param type   their type
     */
    public static Grid grid(long rows, int pieces, int length, DataType type) {
        int run = VECTOR_BYTES / type.width();
        while (length % run != 0) {
            run /= 2;
        }
        int alongX = Math.min(THREADS, pieces * (length / run));
        int alongY = THREADS / alongX;
        return Grid.of(Grid.blocks(rows, alongY), 1).withBlock(alongX, alongY);
    }
}
