package org.xlstm4j.ops.rope;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.cuda.Defines;
import org.xlstm4j.ops.cuda.DeviceArray;
import org.xlstm4j.ops.cuda.Gpu;
import org.xlstm4j.ops.cuda.Grid;

/** Cosines and sines of angles, an entry a thread. See {@link CpuRopeTables}. */
final class CudaRopeTables {
    private static final int THREADS = 128;

    private CudaRopeTables() {
    }

    static void fill(DeviceArray positions, DeviceArray frequencies, double factor, DeviceArray cos, DeviceArray sin,
                     Gpu gpu) {
        gpu.launch("rope/tables.cu", Defines.none(), "rope_tables", Grid.over(cos.length(), THREADS),
                gpu.as(DataType.FLOAT, positions), gpu.as(DataType.FLOAT, frequencies), (float) factor, cos, sin,
                cos.size(0), cos.size(1));
    }
}
