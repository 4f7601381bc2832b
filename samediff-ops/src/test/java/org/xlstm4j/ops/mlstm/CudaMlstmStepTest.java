package org.xlstm4j.ops.mlstm;

import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaMlstmStepTest extends FusedMlstmStepContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }
}
