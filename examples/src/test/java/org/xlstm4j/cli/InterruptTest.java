package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import sun.misc.Signal;

@Timeout(20)
class InterruptTest {
    private static final Signal CTRL_C = new Signal("INT");

    @Test
    void isAWishWhileItIsHeededAndGoesOnToOthersOtherwise() throws InterruptedException {
        var ended = new CountDownLatch(1);
        var before = Signal.handle(CTRL_C, signal -> ended.countDown());
        try (var interrupt = Interrupt.catching()) {
            interrupt.clear();
            assertThat(interrupt.isSet()).isFalse();
            Signal.raise(CTRL_C);
            while (!interrupt.isSet()) {
                Thread.onSpinWait();
            }
            interrupt.clear();
            assertThat(interrupt.isSet()).isFalse();
            interrupt.release();
            assertThat(ended.getCount()).isEqualTo(1);
            Signal.raise(CTRL_C);
            assertThat(ended.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(interrupt.isSet()).isFalse();
        } finally {
            Signal.handle(CTRL_C, before);
        }
    }
}
