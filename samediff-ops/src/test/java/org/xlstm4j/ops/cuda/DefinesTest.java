package org.xlstm4j.ops.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;

class DefinesTest {

    @Test
    void areOptionsOfTheCompiler() {
        var types = Defines.of(DataType.BFLOAT16, DataType.FLOAT);
        assertThat(types.with("HEAD_DIM", 64).options())
                .containsExactly("-DElement=bf16", "-DWeight=float", "-DHEAD_DIM=64");
        assertThat(types.options()).as("unchanged").hasSize(2);
    }

    @Test
    void refuseTypesThatNoKernelKnows() {
        assertThatIllegalArgumentException().isThrownBy(() -> Defines.of(DataType.UTF8, DataType.FLOAT))
                .withMessageContaining("UTF8").withMessageContaining("BFLOAT16");
    }
}
