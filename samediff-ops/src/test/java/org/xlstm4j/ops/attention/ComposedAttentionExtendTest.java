package org.xlstm4j.ops.attention;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedAttentionExtendTest extends AttentionExtendContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected DataType dataType() {
        return DataType.DOUBLE;
    }
}
