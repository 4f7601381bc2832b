package org.xlstm4j.distill.corpus;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The threads behind a stream: one that makes blocks, at most one ahead of the reader, and those that tokenise for it.
 */
final class Background implements AutoCloseable {
    private static final int BLOCKS_AHEAD = 1;
    private static final ThreadFactory DAEMONS = task -> {
        var thread = new Thread(task, "xlstm4j-data");
        thread.setDaemon(true);
        return thread;
    };

    private final ArrayBlockingQueue<Handover> ready = new ArrayBlockingQueue<>(BLOCKS_AHEAD);
    private final ExecutorService encoders;
    private final Thread maker;

    /**
     * Begins.
     *
     * @param threads threads that tokenise
     * @param blocks  makes what makes the blocks, given those threads
     */
    Background(int threads, Function<ExecutorService, BlockMaker> blocks) {
        encoders = Executors.newFixedThreadPool(threads, DAEMONS);
        var blockMaker = blocks.apply(encoders);
        maker = DAEMONS.newThread(() -> make(blockMaker));
        maker.start();
    }

    private void make(BlockMaker blocks) {
        try {
            ready.put(handOver(blocks));
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    /** Hands over all blocks, and returns what comes last. */
    private Handover handOver(BlockMaker blocks) throws InterruptedException {
        try (blocks) {
            var next = blocks.next();
            while (next instanceof Handover.Block) {
                ready.put(next);
                next = blocks.next();
            }
            return next;
        } catch (IOException | RuntimeException | Error e) {
            return new Handover.Failed(e);
        }
    }

    /** The next block, or the end, or the failure, after which there is nothing to take. */
    Handover take() {
        try {
            return ready.take();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            var interrupted = new InterruptedIOException("interrupted while waiting for data");
            interrupted.initCause(e);
            throw new UncheckedIOException(interrupted);
        }
    }

    /** Stops all threads and waits until they have, since they use the reader's tokenizer. */
    @Override
    public void close() {
        maker.interrupt();
        var interrupted = false;
        while (true) {
            try {
                // The maker first: it submits to the encoders.
                maker.join();
                encoders.shutdownNow();
                if (encoders.awaitTermination(Long.MAX_VALUE, TimeUnit.NANOSECONDS)) {
                    break;
                }
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
