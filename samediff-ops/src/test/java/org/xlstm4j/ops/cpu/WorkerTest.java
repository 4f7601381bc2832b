package org.xlstm4j.ops.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerTest {
    private static final int LENGTH = 100;
    private final int before = Workers.threads();

    @AfterEach
    void restore() {
        Workers.use(before);
    }

    private static void inJob(Workers.Job job) {
        Worker.current().run(0, job);
    }

    @Test
    void whatAJobTakesIsItsOwn() {
        inJob((index, worker) -> {
            assertThat(worker.floats(LENGTH)).isNotSameAs(worker.floats(LENGTH)).hasSizeGreaterThanOrEqualTo(LENGTH);
            assertThat(worker.ints(LENGTH)).isNotSameAs(worker.ints(LENGTH)).hasSizeGreaterThanOrEqualTo(LENGTH);
            long first = worker.memory(LENGTH);
            assertThat(Math.abs(worker.memory(LENGTH) - first)).isGreaterThanOrEqualTo(Float.BYTES * LENGTH);
        });
    }

    @Test
    void whatAJobTookIsUsedAgain() {
        Set<Object> taken = ConcurrentHashMap.newKeySet();
        for (int run = 0; run < 20; run++) {
            // Lengths that fall, so that nothing has to grow.
            int length = LENGTH - run;
            inJob((index, worker) -> {
                taken.add(worker.floats(length));
                taken.add(worker.ints(length));
                taken.add(worker.memory(length));
            });
        }
        assertThat(taken).hasSize(3);
    }

    @Test
    void whatAFailedJobTookIsUsedAgain() {
        var taken = new float[2][];
        assertThatIllegalStateException().isThrownBy(() -> inJob((index, worker) -> {
            taken[0] = worker.floats(1);
            throw new IllegalStateException();
        }));
        inJob((index, worker) -> taken[1] = worker.floats(1));
        assertThat(taken[1]).isSameAs(taken[0]);
    }

    @Test
    void memoryGrowsWithWhatIsAskedFor() {
        for (int length : new int[] {1, 1000, 100_000}) {
            inJob((index, worker) -> {
                var ones = worker.floats(length);
                Arrays.fill(ones, 1);
                long memory = worker.memory(length);
                worker.store(ones, 0, length, memory);
                worker.load(memory, ones, 0, length);
                assertThat(Vectors.sum(ones, 0, length)).isEqualTo(length);
            });
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4})
    void nestedJobsDoNotShare(int threads) {
        Workers.use(threads);
        Workers.forEach(6, (outer, worker) -> {
            var own = filled(worker, outer);
            long memory = worker.memory(LENGTH);
            worker.store(own, 0, LENGTH, memory);
            Workers.forEach(6, (inner, nested) -> nested.store(filled(nested, -1), 0, LENGTH, nested.memory(LENGTH)));
            assertAll(own, outer);
            worker.load(memory, own, 0, LENGTH);
            assertAll(own, outer);
        });
    }

    @Test
    void scratchOfTheCallerIsSeenByItsJobs() {
        Workers.use(4);
        inJob((index, caller) -> {
            long sums = caller.memory(8);
            Workers.forEach(8, (job, worker) -> worker.store(filled(worker, job), 0, 1,
                    sums + (long) Float.BYTES * job));
            var loaded = caller.floats(8);
            caller.load(sums, loaded, 0, 8);
            assertThat(Arrays.copyOf(loaded, 8)).containsExactly(0, 1, 2, 3, 4, 5, 6, 7);
        });
    }

    private static float[] filled(Worker worker, float value) {
        var array = worker.floats(LENGTH);
        Arrays.fill(array, value);
        return array;
    }

    private static void assertAll(float[] array, float value) {
        assertThat(Arrays.copyOf(array, LENGTH)).containsOnly(value);
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 5})
    void rowsAreCopiedWithAndWithoutGaps(int stride) {
        inJob((index, worker) -> {
            var whole = new float[4 * stride];
            Arrays.fill(whole, 9);
            long memory = worker.memory(whole.length);
            worker.store(whole, 0, whole.length, memory);
            var rows = new float[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
            worker.storeRows(rows, 4, 3, memory, stride);
            var back = new float[rows.length];
            worker.loadRows(memory, stride, 4, 3, back);
            assertThat(back).containsExactly(rows);
            worker.load(memory, whole, 0, whole.length);
            for (int i = 0; i < whole.length; i++) {
                assertThat(whole[i]).isEqualTo(i % stride < 3 ? rows[i / stride * 3 + i % stride] : 9);
            }
        });
    }
}
