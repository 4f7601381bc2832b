package org.xlstm4j.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.Callable;

/** A call, and what the calling thread allocates on the heap in it. */
final class CountedCall implements Callable<Object> {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final Callable<?> call;
    private volatile long heapBytes;

    CountedCall(Callable<?> call) {
        this.call = call;
    }

    @Override
    public Object call() throws Exception {
        long thread = Thread.currentThread().getId();
        long before = THREADS.getThreadAllocatedBytes(thread);
        var result = call.call();
        heapBytes = THREADS.getThreadAllocatedBytes(thread) - before;
        return result;
    }

    /** Of the last call. */
    long heapBytes() {
        return heapBytes;
    }
}
