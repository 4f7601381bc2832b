package org.xlstm4j.ops.linear;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedBatchedProductTest extends BatchedProductContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected DataType dataType() {
        return DataType.DOUBLE;
    }
}
