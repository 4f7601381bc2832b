package org.xlstm4j.bench;

import com.sun.jna.Function;
import com.sun.jna.NativeLong;
import java.lang.ref.Reference;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.locks.LockSupport;
import org.bytedeco.javacpp.Pointer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Looks at the process's memory again and again while a call runs. */
final class PeakMemory implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(PeakMemory.class);
    private static final long ENOUGH_NANOS = 20_000_000;
    private static final long BETWEEN_LOOKS_NANOS = 100_000;

    private final Thread thread = new Thread(this::watch, "memory-sampler");
    private volatile boolean done;
    private long highest;

    private PeakMemory() {
        thread.setDaemon(true);
        thread.start();
    }

    /**
     * By how many bytes the process grows at most during a call, its heap's growth included. The call runs on a thread
     * of its own, which has no arrays at hand from earlier calls, and again if it is too short to be looked at.
     */
    static long bytes(Callable<?> call) {
        var task = new FutureTask<>(() -> observed(call));
        new Thread(task, "memory").start();
        try {
            return task.get();
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException(e.getCause() == null ? e : e.getCause());
        }
    }

    private static long observed(Callable<?> call) throws Exception {
        long before = settled();
        try (var memory = new PeakMemory()) {
            long begun = System.nanoTime();
            do {
                Reference.reachabilityFence(call.call());
                memory.look();
            } while (System.nanoTime() - begun < ENOUGH_NANOS);
            return Math.max(0, memory.highest() - before);
        }
    }

    /** The process's bytes once all garbage is gone: ND4J frees its arrays some time after a collection. */
    private static long settled() throws InterruptedException {
        System.gc();
        long bytes = Long.MAX_VALUE;
        for (int unchanged = 0; unchanged < 3; ) {
            Thread.sleep(10);
            giveBackFreeMemory();
            long now = Pointer.physicalBytes();
            unchanged = now < bytes ? 0 : unchanged + 1;
            bytes = Math.min(bytes, now);
        }
        return bytes;
    }

    /** What is free already would hide what a call takes. */
    private static void giveBackFreeMemory() {
        try {
            Function.getFunction("c", "malloc_trim").invokeInt(new Object[] {new NativeLong(0)});
        } catch (LinkageError e) {
            LOG.debug("this C library has no malloc_trim: the figure may come out smaller than it is", e);
        }
    }

    private void watch() {
        while (!done) {
            look();
            LockSupport.parkNanos(BETWEEN_LOOKS_NANOS);
        }
    }

    private synchronized void look() {
        highest = Math.max(highest, Pointer.physicalBytes());
    }

    private synchronized long highest() {
        return highest;
    }

    @Override
    public void close() {
        done = true;
    }
}
