package org.xlstm4j.distill.align;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Threads that work on layers side by side, while the teacher is at the next ones. A layer always meets the same
 * thread, since SameDiff keeps a session and its arrays a thread. No more layers wait for work than there are threads,
 * so that their activations do not pile up. Of one thread, all work is done where it is asked for.
 */
final class LayerWorkers<T> implements AutoCloseable {
    private final List<ExecutorService> threads;
    private final Semaphore room;
    private final List<CompletableFuture<T>> results = new ArrayList<>();

    LayerWorkers(int count) {
        this.threads = count == 1 ? List.of() : IntStream.range(0, count)
                .mapToObj(index -> Executors.newSingleThreadExecutor(work -> {
                    var thread = new Thread(work, "align-" + index);
                    thread.setDaemon(true);
                    return thread;
                })).toList();
        this.room = new Semaphore(count);
    }

    /** Has the work of the next layer done, the first after {@link #results}; waits while too many are under way. */
    void submit(Supplier<T> work) {
        int layer = results.size();
        if (threads.isEmpty()) {
            results.add(CompletableFuture.completedFuture(work.get()));
            return;
        }
        room.acquireUninterruptibly();
        results.add(CompletableFuture.supplyAsync(() -> {
            try {
                return work.get();
            } finally {
                room.release();
            }
        }, threads.get(layer % threads.size())));
    }

    /** The results of all layers, in order, once all are done, whether well or not. */
    List<T> results() {
        var done = List.copyOf(results);
        results.clear();
        try {
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (failure.getCause() instanceof Error cause) {
                throw cause;
            }
            throw failure;
        }
        return done.stream().map(CompletableFuture::join).toList();
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
    }
}
