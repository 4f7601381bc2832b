package org.xlstm4j.ops.linear;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.testing.FusedOps;

class CpuBatchedProductTest extends BatchedProductContract {
    @Override
    protected Form form() {
        return Form.CPU;
    }

    @Override
    protected DataType dataType() {
        return DataType.FLOAT;
    }

    @Test
    void isSound() {
        FusedOps.assertSound(graph(Case.random(3, 40, 20, 30, false, true)), NAMES);
    }

    @Test
    void saysWhichFactorsDoNotFit() {
        var fits = Case.random(2, 3, 4, 5, false, false);
        var of = new Case(fits.a(), true, fits.b(), false, fits.upstream());
        assertThatThrownBy(() -> graph(of).outputs()).hasStackTraceContaining("[2, 3, 4], transposed, and [2, 4, 5]");
    }
}
