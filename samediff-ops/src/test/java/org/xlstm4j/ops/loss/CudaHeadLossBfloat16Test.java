package org.xlstm4j.ops.loss;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.GraphUnderTest;
import org.xlstm4j.ops.testing.OnGpu;

/** Hidden rows of 16 bits beside a head in float32. */
@OnGpu
class CudaHeadLossBfloat16Test extends HeadLossContract {
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
