package org.xlstm4j.ops.attention;

import org.xlstm4j.ops.Form;

class CpuAttentionTest extends FusedAttentionContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }
}
