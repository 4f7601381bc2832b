package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WorkersTest {
    private final int before = Workers.threads();

    @AfterEach
    void restore() {
        Workers.use(before);
    }

    @ParameterizedTest
    @CsvSource({"1, 0", "1, 1", "1, 63", "2, 0", "2, 1", "2, 2", "2, 63", "4, 2", "4, 1000"})
    void everyJobRunsOnce(int threads, int count) {
        Workers.use(threads);
        var runs = new AtomicIntegerArray(Math.max(1, count));
        Workers.forEach(count, (index, worker) -> runs.incrementAndGet(index));
        for (int index = 0; index < count; index++) {
            assertThat(runs.get(index)).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void useSetsHowManyJobsRunAtOnce(int threads) {
        Workers.use(threads);
        assertThat(Workers.threads()).isEqualTo(threads);
        var together = new CyclicBarrier(threads);
        Workers.forEach(threads, (index, worker) -> meet(together));
    }

    @Test
    void zeroThreadsAreRejected() {
        assertThatIllegalArgumentException().isThrownBy(() -> Workers.use(0)).withMessageContaining(Workers.PROPERTY);
        assertThat(Workers.threads()).isEqualTo(before);
    }

    private static void meet(CyclicBarrier barrier) {
        try {
            barrier.await(30, TimeUnit.SECONDS);
        } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Two jobs at once, one of which throws at once and the other ends later. */
    private static void assertReaches(boolean thrownByCaller, Throwable failure) {
        Workers.use(2);
        var caller = Thread.currentThread();
        var together = new CyclicBarrier(2);
        var ended = new AtomicBoolean();
        assertThatThrownBy(() -> Workers.forEach(2, (index, worker) -> {
            meet(together);
            if (Thread.currentThread() == caller == thrownByCaller) {
                WorkersTest.<RuntimeException>raise(failure);
            }
            pause();
            ended.set(true);
        })).isSameAs(failure);
        assertThat(ended).isTrue();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void raise(Throwable failure) throws T {
        throw (T) failure;
    }

    private static void pause() {
        try {
            Thread.sleep(50);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void failureOfAHelperReachesTheCallerWhenAllJobsHaveEnded() {
        assertReaches(false, new IllegalStateException("helper"));
        assertReaches(false, new AssertionError("helper"));
    }

    @Test
    void failureOfTheCallerArrivesWhenAllJobsHaveEnded() {
        assertReaches(true, new IllegalStateException("caller"));
        assertReaches(true, new AssertionError("caller"));
    }

    @Test
    void workGoesOnAfterAFailure() {
        assertReaches(false, new IllegalStateException());
        everyJobRunsOnce(2, 63);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void jobsMaySpreadWorkThemselves(int threads) {
        Workers.use(threads);
        var runs = new AtomicInteger();
        Workers.forEach(8, (outer, worker) -> Workers.forEach(8,
                (middle, second) -> Workers.forEach(4, (inner, third) -> runs.incrementAndGet())));
        assertThat(runs).hasValue(8 * 8 * 4);
    }

    @Test
    void interruptedCallerWaitsAndStaysInterrupted() {
        Workers.use(2);
        var caller = Thread.currentThread();
        var together = new CyclicBarrier(2);
        var ended = new AtomicInteger();
        Workers.forEach(2, (index, worker) -> {
            meet(together);
            if (Thread.currentThread() == caller) {
                caller.interrupt();
            } else {
                pause();
            }
            ended.incrementAndGet();
        });
        assertThat(Thread.interrupted()).isTrue();
        assertThat(ended).hasValue(2);
    }

    @Test
    void numberOfThreadsMayChangeWhileOthersWork() {
        var done = new AtomicBoolean();
        var working = CompletableFuture.runAsync(() -> {
            while (!done.get()) {
                var runs = new AtomicInteger();
                Workers.forEach(5, (index, worker) -> runs.incrementAndGet());
                assertThat(runs).hasValue(5);
            }
        });
        for (int change = 0; change < 500; change++) {
            Workers.use(2 + change % 2);
        }
        done.set(true);
        working.join();
    }
}
