package org.xlstm4j.distill.align;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Threads that work on layers side by side. A layer always meets the same thread, since SameDiff keeps a session and
 * its arrays a thread.
 */
final class LayerWorkers implements AutoCloseable {
    private final int layers;
    private final List<ExecutorService> threads;

    LayerWorkers(int layers) {
        this.layers = layers;
        int count = Math.min(layers, Runtime.getRuntime().availableProcessors());
        this.threads = IntStream.range(0, count)
                .mapToObj(index -> Executors.newSingleThreadExecutor(work -> {
                    var thread = new Thread(work, "align-" + index);
                    thread.setDaemon(true);
                    return thread;
                })).toList();
    }

    /** The results of {@code work} for every layer, in the layers' order. */
    <T> List<T> map(IntFunction<T> work) {
        var results = IntStream.range(0, layers)
                .mapToObj(layer -> CompletableFuture.supplyAsync(() -> work.apply(layer),
                        threads.get(layer % threads.size()))).toList();
        try {
            CompletableFuture.allOf(results.toArray(CompletableFuture[]::new)).join();
        } catch (CompletionException failure) {
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw failure;
        }
        return results.stream().map(CompletableFuture::join).toList();
    }

    @Override
    public void close() {
        threads.forEach(ExecutorService::shutdown);
    }
}
