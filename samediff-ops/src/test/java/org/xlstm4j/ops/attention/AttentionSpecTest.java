package org.xlstm4j.ops.attention;

import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class AttentionSpecTest {
    @Test
    void windowOfNothingIsRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> AttentionSpec.window(4, 2, 8, 4, 0, 0))
                .withMessageContaining("window").withMessageContaining("0");
    }

    @Test
    void negativeSinksAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> AttentionSpec.window(4, 2, 8, 4, 3, -1))
                .withMessageContaining("sinks").withMessageContaining("-1");
    }

    @Test
    void headsThatDoNotDivideAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> AttentionSpec.causal(4, 3, 8, 4))
                .withMessageContaining("4").withMessageContaining("3");
    }
}
