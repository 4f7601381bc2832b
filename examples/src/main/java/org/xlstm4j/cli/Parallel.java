package org.xlstm4j.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Independent pieces of work side by side, as many at a time as there are cores. */
final class Parallel {

    private Parallel() {
    }

    /** Work on one item. */
    interface Work<A, B> {
        B on(A item) throws IOException;
    }

    /**
     * The results of {@code work} on every item, in the items' order.
     *
     * @throws IOException the first failure; what runs is finished first
     */
    static <A, B> List<B> map(List<A> items, Work<A, B> work) throws IOException {
        var threads = Executors.newFixedThreadPool(Math.min(items.size(), Runtime.getRuntime().availableProcessors()));
        try {
            var results = new ArrayList<B>();
            for (Future<B> result : threads.invokeAll(
                    items.stream().map(item -> (Callable<B>) () -> work.on(item)).toList())) {
                results.add(result.get());
            }
            return results;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", interrupted);
        } catch (ExecutionException failure) {
            if (failure.getCause() instanceof IOException cause) {
                throw cause;
            }
            if (failure.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(failure.getCause());
        } finally {
            threads.shutdown();
        }
    }
}
