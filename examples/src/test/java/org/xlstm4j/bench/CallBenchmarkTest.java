package org.xlstm4j.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;

class CallBenchmarkTest {
    private static final Effort ONCE = new Effort(Duration.ZERO, 1, Duration.ofMillis(1));

    @Test
    void measuresTheTimeOfACall() {
        var timing = CallBenchmark.time(() -> {
            Thread.sleep(20);
            return null;
        }, new Effort(Duration.ZERO, 2, Duration.ofMillis(50)));
        assertThat(timing.median()).isBetween(19.0, 500.0);
        assertThat(timing.lowerQuartile()).isLessThanOrEqualTo(timing.median());
        assertThat(timing.upperQuartile()).isGreaterThanOrEqualTo(timing.median());
        assertThat(timing.calls()).isGreaterThanOrEqualTo(2);
    }

    @Test
    void aFailureOfTheCallIsSaid() {
        assertThatIllegalStateException().isThrownBy(() -> CallBenchmark.time(() -> {
            throw new IllegalArgumentException("no such call");
        }, ONCE)).withMessageContaining("no such call");
    }

    @Test
    void longCallsNeedNoOtherWarmUp() {
        var effort = new Effort(Duration.ofMillis(10), 1, Duration.ofMillis(1));
        assertThat(effort.after(Duration.ofMillis(1)).warmup()).isEqualTo(Duration.ofMillis(10));
        assertThat(effort.after(Duration.ofSeconds(1)).warmup()).isZero();
    }

    @Test
    void countsTheCallersHeap() {
        var call = new CountedCall(() -> new byte[1 << 20]);
        CallBenchmark.time(call, ONCE);
        assertThat(call.heapBytes()).isBetween(1L << 20, (1L << 20) + 10_000);
    }

    @Test
    void seesNativeMemoryAtItsPeak() {
        long bytes = 64L << 20;
        assertThat(highest(() -> {
            try (var array = new FloatPointer(bytes / Float.BYTES)) {
                return Pointer.memset(array, 1, bytes).isNull();
            }
        })).isGreaterThan(0);
        assertThat(highest(() -> Pointer.memset(new FloatPointer(bytes / Float.BYTES), 1, bytes)))
                .isGreaterThan(bytes * 9 / 10);
    }

    /** Of five looks: what other tests left may be freed during one, and hide what the call takes. */
    private static long highest(Callable<?> call) {
        return LongStream.generate(() -> PeakMemory.bytes(call)).limit(5).max().orElseThrow();
    }
}
