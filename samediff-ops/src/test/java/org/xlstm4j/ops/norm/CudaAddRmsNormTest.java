package org.xlstm4j.ops.norm;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.OnGpu;

@OnGpu
class CudaAddRmsNormTest extends AddRmsNormContract {
    @Override
    protected Form form() {
        return Form.CUDA;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @ParameterizedTest
    @CsvSource({"1, 63", "2, 2", "100, 9", "513, 33", "5, 1000"})
    void isSound(int rows, int width) {
        FusedOps.assertSound(graph(Case.random(rows, width)), NAMES);
        FusedOps.assertSound(graph(Case.random(rows, width).readingOnly(false)), NAMES);
    }
}
