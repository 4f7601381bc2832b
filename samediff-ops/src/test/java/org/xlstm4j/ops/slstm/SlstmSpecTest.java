package org.xlstm4j.ops.slstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatNullPointerException;

import org.junit.jupiter.api.Test;
import org.xlstm4j.ops.slstm.SlstmSpec.ForgetGate;

class SlstmSpecTest {
    @Test
    void emptySizesAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> new SlstmSpec(0, 1, 1, ForgetGate.SIGMOID))
                .withMessageContaining("heads");
        assertThatIllegalArgumentException().isThrownBy(() -> new SlstmSpec(1, -1, 1, ForgetGate.SIGMOID))
                .withMessageContaining("time").withMessageContaining("-1");
        assertThatIllegalArgumentException().isThrownBy(() -> new SlstmSpec(1, 1, 0, ForgetGate.SIGMOID))
                .withMessageContaining("headDim");
        assertThatNullPointerException().isThrownBy(() -> new SlstmSpec(1, 1, 1, null));
    }

    @Test
    void lengthMayBeChanged() {
        assertThat(new SlstmSpec(2, 3, 4, ForgetGate.EXPONENTIAL).withTime(7))
                .isEqualTo(new SlstmSpec(2, 7, 4, ForgetGate.EXPONENTIAL));
    }
}
