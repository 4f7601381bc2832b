package org.xlstm4j.ops.loss;

import org.junit.jupiter.api.Test;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;
import org.xlstm4j.ops.testing.RandomArrays;

class CpuLossSumTest extends LossSumContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Test
    void isSound() {
        FusedOps.assertSound(graph(losses(2, 1100), new RandomArrays(3).normal(1100, 1)), names(2));
    }
}
