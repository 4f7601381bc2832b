package org.xlstm4j.ops.norm;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedAddRmsNormTest extends AddRmsNormContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected DataType dataType() {
        return DataType.DOUBLE;
    }
}
