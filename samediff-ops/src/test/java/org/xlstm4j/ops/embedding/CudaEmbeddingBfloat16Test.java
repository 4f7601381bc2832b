package org.xlstm4j.ops.embedding;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaEmbeddingBfloat16Test extends EmbeddingContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.BFLOAT16;
    }
}
