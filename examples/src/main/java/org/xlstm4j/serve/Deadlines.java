package org.xlstm4j.serve;

import java.time.Duration;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Limits on how long a client may keep a thread. The JDK's server reads and writes by blocking channels, without
 * timeouts; interrupting the thread closes the channel, and with it the connection.
 */
final class Deadlines implements AutoCloseable {
    private final ThreadLocal<Deadline> receiving = new ThreadLocal<>();
    private final ScheduledThreadPoolExecutor clock = new ScheduledThreadPoolExecutor(1, task -> {
        var thread = new Thread(task, "serve-deadlines");
        thread.setDaemon(true);
        return thread;
    });
    private final Duration receive;
    private final Duration send;

    /**
     * @param receive for a request to have come in whole, from its first byte on
     * @param send    for the client to take what is written at once
     */
    Deadlines(Duration receive, Duration send) {
        this.receive = receive;
        this.send = send;
        clock.setRemoveOnCancelPolicy(true);
    }

    /** What {@link #send} does. */
    interface Writing<E extends Exception> {
        void run() throws E;
    }

    /** Runs an exchange, in which the request must be {@link #received} in time, or answered as it is. */
    void exchange(Runnable exchange) {
        try (var deadline = new Deadline(receive)) {
            receiving.set(deadline);
            exchange.run();
        } finally {
            receiving.remove();
        }
    }

    /** Says that the running exchange's request has come in whole. */
    void received() {
        receiving.get().close();
    }

    /** Writes to a client. */
    <E extends Exception> void send(Writing<E> writing) throws E {
        try (var deadline = new Deadline(send)) {
            writing.run();
        }
    }

    @Override
    public void close() {
        clock.shutdownNow();
    }

    private final class Deadline implements AutoCloseable {
        private final Thread thread = Thread.currentThread();
        private final Future<?> alarm;
        private boolean closed;
        private boolean expired;

        Deadline(Duration limit) {
            alarm = clock.schedule(this::expire, limit.toMillis(), TimeUnit.MILLISECONDS);
        }

        private synchronized void expire() {
            if (!closed) {
                expired = true;
                thread.interrupt();
            }
        }

        /** Leaves no interrupt of its own behind for what the thread does next. */
        @Override
        public synchronized void close() {
            if (!closed) {
                closed = true;
                alarm.cancel(false);
                if (expired) {
                    Thread.interrupted();
                }
            }
        }
    }
}
