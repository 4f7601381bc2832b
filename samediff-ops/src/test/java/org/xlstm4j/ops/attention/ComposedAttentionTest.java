package org.xlstm4j.ops.attention;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedAttentionTest extends AttentionContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected List<DataType> dataTypes() {
        return List.of(DataType.DOUBLE, DataType.FLOAT);
    }
}
