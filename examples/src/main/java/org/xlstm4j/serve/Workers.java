package org.xlstm4j.serve;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The threads that jobs run in, and the queue before them, which refuses what it has no place for. */
final class Workers {
    private static final Logger LOG = LoggerFactory.getLogger(Workers.class);
    private static final long LONGEST_RETRY_SECONDS = 60;
    /** For a token to be made, after which a job sees that it is to end. */
    private static final long LAST_SECONDS = 5;

    private final Set<Job> jobs = ConcurrentHashMap.newKeySet();
    private final LongAdder nanos = new LongAdder();
    private final LongAdder done = new LongAdder();
    private final ThreadPoolExecutor pool;

    Workers(int running, int waiting) {
        BlockingQueue<Runnable> queue = waiting == 0 ? new SynchronousQueue<>() : new ArrayBlockingQueue<>(waiting);
        var number = new AtomicInteger();
        pool = new ThreadPoolExecutor(running, running, 0, TimeUnit.SECONDS, queue,
                task -> new Thread(task, "serve-model-" + number.incrementAndGet()));
    }

    /**
     * Checks, before anything is done for a request, that it has a chance.
     *
     * @throws ApiException as {@link #submit} does
     */
    void requireRoom() {
        boolean full = pool.getQueue().remainingCapacity() == 0 && pool.getActiveCount() == pool.getCorePoolSize();
        if (full || pool.isShutdown()) {
            throw refusal();
        }
    }

    /**
     * Runs a job when its turn comes.
     *
     * @throws ApiException if too many wait already, or the server is stopping
     */
    void submit(Job job) {
        jobs.add(job);
        try {
            pool.execute(new Turn(job));
        } catch (RejectedExecutionException e) {
            jobs.remove(job);
            throw refusal();
        }
    }

    private ApiException refusal() {
        return pool.isShutdown() ? ApiException.stopping() : ApiException.busy(retrySeconds());
    }

    /** Ends a job that nobody waits for any longer; one that has not begun gives up its place in the queue. */
    void cancel(Job job) {
        job.cancel();
        if (pool.remove(new Turn(job))) {
            jobs.remove(job);
        }
    }

    boolean isStopping() {
        return pool.isShutdown();
    }

    int running() {
        return pool.getActiveCount();
    }

    int waiting() {
        return pool.getQueue().size();
    }

    /** Seconds that all jobs have run for together. */
    double seconds() {
        return nanos.sum() / 1e9;
    }

    /** About when the first of those that wait will have had its turn. */
    private long retrySeconds() {
        double mean = seconds() / Math.max(1, done.sum());
        return Math.max(1, Math.min(LONGEST_RETRY_SECONDS, (long) Math.ceil(mean / pool.getCorePoolSize())));
    }

    /** Takes no more jobs, and ends those that are not done within {@code grace}. */
    void stop(Duration grace) throws InterruptedException {
        pool.shutdown();
        if (!pool.awaitTermination(grace.toMillis(), TimeUnit.MILLISECONDS)) {
            jobs.forEach(Job::cancel);
            if (!pool.awaitTermination(LAST_SECONDS, TimeUnit.SECONDS)) {
                LOG.warn("The model still reads a prompt, of which nothing will come");
            }
        }
    }

    /** A job as the pool has it, found in the queue by its job. */
    private final class Turn implements Runnable {
        private final Job job;

        Turn(Job job) {
            this.job = job;
        }

        @Override
        public void run() {
            long start = System.nanoTime();
            try {
                job.run();
            } finally {
                nanos.add(System.nanoTime() - start);
                done.increment();
                jobs.remove(job);
            }
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Turn turn && turn.job == job;
        }

        @Override
        public int hashCode() {
            return System.identityHashCode(job);
        }
    }
}
