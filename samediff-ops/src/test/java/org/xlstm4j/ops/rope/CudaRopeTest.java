package org.xlstm4j.ops.rope;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaRopeTest extends FusedRopeContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT, DataType.BFLOAT16);
    }
}
