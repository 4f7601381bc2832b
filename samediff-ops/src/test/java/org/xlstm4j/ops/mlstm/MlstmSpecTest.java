package org.xlstm4j.ops.mlstm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class MlstmSpecTest {
    @Test
    void clampedReadScalesProducts() {
        assertThat(MlstmSpec.clamped(2, 8, 16, 4).keyScale()).isEqualTo(0.25);
        assertThat(MlstmSpec.normalized(2, 8, 16, 4).keyScale()).isEqualTo(1);
    }

    @Test
    void emptySizesAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> MlstmSpec.clamped(2, 0, 16, 4))
                .withMessageContaining("time").withMessageContaining("0");
        assertThatIllegalArgumentException().isThrownBy(() -> MlstmSpec.clamped(2, 8, 16, 4).withChunkSize(-1))
                .withMessageContaining("chunkSize").withMessageContaining("-1");
    }

    @Test
    void scaleThatIsNotANumberIsRejected() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new MlstmSpec(1, 1, 1, 1, MlstmSpec.Read.CLAMPED, Double.NaN, 64))
                .withMessageContaining("keyScale");
    }
}
