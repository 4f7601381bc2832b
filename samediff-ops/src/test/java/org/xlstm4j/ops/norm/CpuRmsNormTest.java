package org.xlstm4j.ops.norm;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.RandomArrays;

class CpuRmsNormTest extends RmsNormContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void headsAndResidualsAreSound() {
        var random = new RandomArrays(4);
        FusedOps.assertSound(perHead(random.normal(70, 3 * 9), random.normal(9), 3, random.normal(70, 3 * 9)),
                List.of("x", "weight"));
        FusedOps.assertSound(added(random.normal(70, 9), random.normal(70, 9), random.normal(9),
                random.normal(70, 9)), List.of("residual", "x", "weight"));
    }

    @Test
    void isSound() {
        var random = new RandomArrays(3);
        FusedOps.assertSound(graph(random.normal(100, 9), random.normal(9), 1e-6, random.normal(100, 9)),
                List.of("x", "weight"));
    }
}
