package org.xlstm4j.ops.norm;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.OnGpu;

/** Activations of 16 bits beside parameters in float32. */
@OnGpu
class CudaAddRmsNormBfloat16Test extends AddRmsNormContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.BFLOAT16;
    }

    @Override
    protected GraphUnderTest newGraph() {
        return new GraphUnderTest(dataType(), DataType.FLOAT);
    }
}
