package org.xlstm4j.ops.hybrid;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedHybridTest extends HybridContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected DataType dataType() {
        return DataType.DOUBLE;
    }
}
