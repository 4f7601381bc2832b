package org.xlstm4j.serve;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.BindException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.generate.TextGenerator;

/**
 * Serves a generator over HTTP in OpenAI's format: {@code /v1/chat/completions}, {@code /v1/completions} and
 * {@code /v1/models}; also {@code /health} and, for Prometheus, {@code /metrics}. On the JDK's own server, without TLS.
 * What does not fit its {@link Limits} is refused, clients slower than its {@link Timeouts} are cut off, and the work
 * of clients that went away is ended.
 */
public final class CompletionServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionServer.class);

    /** Besides those of clients who wait for an answer: for requests that come in, or are refused. */
    private static final int SPARE_CONNECTIONS = 64;
    private static final int THREAD_IDLE_SECONDS = 30;

    static {
        // The JDK's server reads these when it is loaded. Small packets at once; idle connections within bounds.
        setIfAbsent("sun.net.httpserver.nodelay", "true");
        setIfAbsent("jdk.httpserver.maxConnections", "1024");
    }

    private final HttpServer http;
    private final ThreadPoolExecutor connections;
    private final Deadlines deadlines;
    private final Workers workers;
    private final Timeouts timeouts;
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch stopped = new CountDownLatch(1);

    private CompletionServer(Engine engine, String model, ServerOptions options) throws IOException {
        var limits = options.limits();
        timeouts = options.timeouts();
        http = bind(options.address());
        deadlines = new Deadlines(timeouts.receive(), timeouts.send());
        workers = new Workers(limits.running(), limits.waiting());
        connections = connections(limits.running() + limits.waiting() + SPARE_CONNECTIONS);
        http.setExecutor(exchange -> connections.execute(() -> deadlines.exchange(exchange)));
        http.createContext("/", new Api(engine, model, options, workers, deadlines));
    }

    private static void setIfAbsent(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    private static HttpServer bind(InetSocketAddress address) throws IOException {
        try {
            return HttpServer.create(address, 0);
        } catch (BindException e) {
            var failure = new BindException("cannot listen on " + address.getHostString() + ":" + address.getPort()
                    + ": " + e.getMessage());
            failure.initCause(e);
            throw failure;
        }
    }

    /** As many threads as connections are busy; the JDK's server closes the connections of what is refused here. */
    private static ThreadPoolExecutor connections(int most) {
        var number = new AtomicInteger();
        return new ThreadPoolExecutor(0, most, THREAD_IDLE_SECONDS, TimeUnit.SECONDS, new SynchronousQueue<>(),
                task -> new Thread(task, "serve-connection-" + number.incrementAndGet()));
    }

    /**
     * Begins to serve.
     *
     * @param generator stays the caller's to close, after the server has stopped
     * @param model     the name by which clients ask for it
     * @throws IOException if the address cannot be listened on
     */
    public static CompletionServer start(TextGenerator generator, String model, ServerOptions options)
            throws IOException {
        return start(Engine.of(generator), model, options);
    }

    static CompletionServer start(Engine engine, String model, ServerOptions options) throws IOException {
        var server = new CompletionServer(engine, model, options);
        server.http.start();
        if (!options.isLoopback() && options.apiKey().isEmpty()) {
            LOG.warn("Listening on {}:{} without an API key: whoever reaches this machine may use the model",
                    options.address().getHostString(), server.address().getPort());
        }
        return server;
    }

    /** Where it listens. */
    public InetSocketAddress address() {
        return http.getAddress();
    }

    /** Refuses new work with status 503, finishes what was taken on within {@code grace}, ends the rest, and stops. */
    public void stop(Duration grace) throws InterruptedException {
        if (stopping.compareAndSet(false, true)) {
            try {
                workers.stop(grace);
                // What is done has still to be sent.
                connections.shutdown();
                connections.awaitTermination(timeouts.send().toMillis(), TimeUnit.MILLISECONDS);
            } finally {
                connections.shutdownNow();
                http.stop(0);
                deadlines.close();
                stopped.countDown();
            }
        }
        stopped.await();
    }

    /** Waits until it has been stopped. */
    public void awaitStop() throws InterruptedException {
        stopped.await();
    }

    /** Stops without grace. */
    @Override
    public void close() {
        try {
            stop(Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
