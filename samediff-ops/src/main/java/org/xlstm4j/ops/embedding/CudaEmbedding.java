package org.xlstm4j.ops.embedding;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.CudaInts;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;
import org.xlstm4j.ops.cuda.Runs;

/**
 * Copies the table's rows that are asked for. For the gradient, positions are sorted by their ids, in order among
 * equals, so that each row is one sum in a fixed order: first of segments of an id that has many, then of all.
 */
final class CudaEmbedding {
    private static final String SOURCE = "embedding/embedding.cu";
    private static final int SEGMENT = 64;
    private static final int RANGE = 128;
    private static final int SORTERS = 1024;
    private static final int THREADS = 256;

    private CudaEmbedding() {
    }

    /** @param ids of any type of number; outside the table, their rows are NaN */
    static void forward(DeviceArray table, DeviceArray ids, DeviceArray y, Gpu gpu) {
        gpu.launch(SOURCE, defines(y, table), "embedding_lookup", Runs.grid(y.size(0), 1, y.size(1), y.type()), table,
                CudaInts.of(ids, gpu), y, y.size(0), table.size(0));
    }

    /** @param ids of any type of number; those outside the table count for nothing */
    static void backward(DeviceArray ids, DeviceArray dy, DeviceArray dTable, Gpu gpu) {
        int count = dy.size(0);
        int vocabSize = dTable.size(0);
        var defines = defines(dy, dTable);
        var places = CudaInts.of(ids, gpu);
        var starts = gpu.scratch(DataType.INT, vocabSize + 1);
        var positions = gpu.scratch(DataType.INT, count);
        gpu.launch(SOURCE, defines, "embedding_sort", Grid.of(vocabSize / RANGE + 1, SORTERS), places, starts,
                positions, count, vocabSize);
        int segments = count / SEGMENT;
        var sums = gpu.scratch(DataType.FLOAT, segments, dy.size(1));
        if (segments > 0) {
            gpu.launch(SOURCE, defines, "embedding_segments", Grid.of(segments, THREADS), places, starts, positions,
                    dy, sums, vocabSize);
        }
        gpu.launch(SOURCE, defines, "embedding_gradient", Grid.of(vocabSize, THREADS), starts, positions, dy, sums,
                dTable);
    }

    private static Defines defines(DeviceArray rows, DeviceArray table) {
        return Defines.of(rows.type(), table.type()).with("WIDTH", table.size(1)).with("SEGMENT", SEGMENT)
                .with("RANGE", RANGE);
    }
}
