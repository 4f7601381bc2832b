package org.xlstm4j.ops.embedding;

import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;

class ComposedEmbeddingTest extends EmbeddingContract {
    @Override
    protected Form form() {
        return Form.COMPOSED;
    }

    @Override
    protected DataType dataType() {
        return DataType.DOUBLE;
    }
}
