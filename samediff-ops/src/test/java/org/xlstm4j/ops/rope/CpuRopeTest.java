package org.xlstm4j.ops.rope;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class CpuRopeTest extends FusedRopeContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.FLOAT);
    }
}
