package org.xlstm4j.ops.mlstm;

import org.xlstm4j.ops.Form;

class CpuMlstmStepTest extends FusedMlstmStepContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }
}
