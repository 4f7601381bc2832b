package org.xlstm4j.distill.train;

import org.xlstm4j.ops.Form;

class CpuAdamWTest extends AdamWContract {

    @Override
    Form form() {
        return Form.CPU;
    }
}
