package org.xlstm4j.ops.linear;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaSwiGluTest extends SwiGluContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @ParameterizedTest
    @CsvSource({"1, 9, 300", "600, 9, 300"})
    void isSound(int rows, int hidden, int intermediate) {
        FusedOps.assertSound(graph(Case.random(rows, hidden, intermediate)), NAMES);
    }
}
