package org.xlstm4j.ops.cpu;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BooleanSupplier;

/**
 * Work spread over the cores. How many threads there are decides the time alone, never the result: a kernel's jobs do
 * not depend on their order. The system property {@value #PROPERTY} sets the number of threads, all cores by default.
 */
public final class Workers {
    /** The system property with the number of threads. */
    public static final String PROPERTY = "xlstm4j.threads";

    private static final long SPIN_NANOS = 50_000;

    private static volatile Workers current = new Workers(
            Integer.getInteger(PROPERTY, Runtime.getRuntime().availableProcessors()));

    private final int threads;
    private final ExecutorService helpers;

    private Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException(PROPERTY + " must be at least 1, was " + threads);
        }
        this.threads = threads;
        this.helpers = threads == 1 ? null : pool(threads - 1);
    }

    private static ExecutorService pool(int size) {
        // Helpers that are let go while another thread hands them work leave it to that thread.
        return new ThreadPoolExecutor(size, size, 0, TimeUnit.SECONDS, new SpinningQueue(), work -> {
            var thread = new Thread(work, "xlstm4j-worker");
            thread.setDaemon(true);
            return thread;
        }, new ThreadPoolExecutor.DiscardPolicy());
    }

    /** A part of a kernel's work that does not depend on the other parts. */
    public interface Job {
        /** Does part {@code index} with the tools of the thread that it runs on. */
        void run(int index, Worker worker);
    }

    /** The number of threads that work is spread over, the calling one among them. */
    public static int threads() {
        return current.threads;
    }

    /** Spreads work over {@code threads} threads from now on. */
    public static void use(int threads) {
        var former = current;
        current = new Workers(threads);
        if (former.helpers != null) {
            former.helpers.shutdown();
        }
    }

    /** Runs jobs 0 … count − 1, each once, on the calling thread and its helpers; returns when all are done. */
    public static void forEach(int count, Job job) {
        current.run(count, job);
    }

    private void run(int count, Job job) {
        if (threads == 1 || count <= 1) {
            var worker = Worker.current();
            for (int index = 0; index < count; index++) {
                worker.run(index, job);
            }
            return;
        }
        var batch = new Batch(count, job);
        try {
            for (int helper = 1; helper < Math.min(threads, count); helper++) {
                helpers.execute(batch);
            }
        } finally {
            // Even where a helper cannot be started: another one may have begun.
            batch.run();
            batch.await();
        }
    }

    /** Waits for what comes at once without sleeping: to be woken takes longer than many a kernel. */
    private static void spinWhile(BooleanSupplier waiting) {
        long start = System.nanoTime();
        while (waiting.getAsBoolean() && System.nanoTime() - start < SPIN_NANOS) {
            Thread.onSpinWait();
        }
    }

    /** Work for helpers, of which there is more in an instant while a graph runs. */
    private static final class SpinningQueue extends LinkedBlockingQueue<Runnable> {
        private static final long serialVersionUID = 1L;

        @Override
        public Runnable take() throws InterruptedException {
            spinWhile(this::isEmpty);
            return super.take();
        }
    }

    /** Jobs that threads take one by one; whoever comes late finds none left. */
    private static final class Batch implements Runnable {
        private final int count;
        private final Job job;
        private final AtomicInteger next = new AtomicInteger();
        private final CountDownLatch open;
        private final AtomicReference<Throwable> failure = new AtomicReference<>();

        Batch(int count, Job job) {
            this.count = count;
            this.job = job;
            this.open = new CountDownLatch(count);
        }

        @Override
        public void run() {
            var worker = Worker.current();
            for (int index = next.getAndIncrement(); index < count; index = next.getAndIncrement()) {
                try {
                    worker.run(index, job);
                } catch (RuntimeException | Error thrown) {
                    failure.compareAndSet(null, thrown);
                } finally {
                    open.countDown();
                }
            }
        }

        void await() {
            spinWhile(() -> open.getCount() > 0);
            boolean interrupted = false;
            while (open.getCount() > 0) {
                try {
                    open.await();
                } catch (InterruptedException e) {
                    // The jobs write to memory that the caller will free: they must end first.
                    interrupted = true;
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
            if (failure.get() instanceof Error error) {
                throw error;
            }
            if (failure.get() instanceof RuntimeException exception) {
                throw exception;
            }
        }
    }
}
