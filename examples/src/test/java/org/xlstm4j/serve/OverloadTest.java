package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xlstm4j.generate.FinishReason;

/** More than the server takes, clients that go away, and clients that keep it waiting. */
class OverloadTest {
    private static final Timeouts SHORT =
            new Timeouts(Duration.ofMillis(1000), Duration.ofMillis(1000), Duration.ofMillis(50));
    private static final String ASK = "{'prompt': '%s', 'max_tokens': 3}";
    private static final String STREAM = "{'prompt': '%s', 'max_tokens': 3, 'stream': true}";

    private final SteppedEngine engine = new SteppedEngine("\u00e9\ud83d\ude00");
    private CompletionServer server;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        server = CompletionServer.start(engine, "m", ServerOptions.loopback(0)
                .withLimits(new Limits(1000, 100, 1000, 4, 1, 2)).withTimeouts(SHORT));
        client = new Client(server);
    }

    @AfterEach
    void stop() {
        engine.steps.release(1_000_000);
        server.close();
    }

    @Test
    void aFullQueueRefusesAndTakesAgainWhenThereIsRoom() throws Exception {
        var running = client.postLater(Client.TEXTS, ASK.formatted("a"));
        assertThat(begun()).isEqualTo("a");
        var first = client.postLater(Client.TEXTS, ASK.formatted("b"));
        var second = client.postLater(Client.TEXTS, ASK.formatted("c"));
        until(() -> metric("requests_waiting") == 2);

        var refused = client.post(Client.TEXTS, ASK.formatted("d"));
        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(Long.parseLong(refused.headers().firstValue("Retry-After").orElseThrow())).isBetween(1L, 60L);
        assertThat(Client.error(refused).path("type").textValue()).isEqualTo("rate_limit_error");
        assertThat(client.get("/health").statusCode()).isEqualTo(200);

        engine.steps.release(9);
        for (var answer : List.of(running, first, second)) {
            assertThat(answer.get().statusCode()).isEqualTo(200);
        }
        engine.steps.release(3);
        assertThat(client.post(Client.TEXTS, ASK.formatted("e")).statusCode()).isEqualTo(200);
    }

    @Test
    void aStreamThatIsLeftEndsItsWork() throws Exception {
        try (var socket = client.open(Client.TEXTS, "{'prompt': 'a', 'max_tokens': 1000, 'stream': true}")) {
            assertThat(begun()).isEqualTo("a");
            engine.steps.release(1);
            readUntil(socket.getInputStream(), "\u00e9");
        }
        until(() -> client.get("/metrics").body().contains("status=\"499\"} 1"));
        engine.steps.release(1);
        assertThat(engine.ended.poll(10, TimeUnit.SECONDS)).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void aWholeAnswerThatNobodyWaitsForEndsItsWork() throws Exception {
        try (var socket = client.open(Client.TEXTS, "{'prompt': 'a', 'max_tokens': 1000}")) {
            assertThat(begun()).isEqualTo("a");
            assertThat(socket.isConnected()).isTrue();
        }
        until(() -> client.get("/metrics").body().contains("status=\"499\"} 1"));
        engine.steps.release(1);
        assertThat(engine.ended.poll(10, TimeUnit.SECONDS)).isEqualTo(FinishReason.CANCELLED);
    }

    @Test
    void aClientThatLeavesTheQueueGivesUpItsPlace() throws Exception {
        var running = client.postLater(Client.TEXTS, ASK.formatted("a"));
        assertThat(begun()).isEqualTo("a");
        try (var socket = client.open(Client.TEXTS, ASK.formatted("b"))) {
            until(() -> metric("requests_waiting") == 1);
            assertThat(socket.isConnected()).isTrue();
        }
        until(() -> metric("requests_waiting") == 0);
        engine.steps.release(3);
        assertThat(running.get().statusCode()).isEqualTo(200);
        assertThat(engine.begun).isEmpty();
    }

    @Test
    void whoWaitsGetsSignsOfLifeThatChangeNothing() throws Exception {
        for (boolean stream : new boolean[] {false, true}) {
            var late = client.postLater(Client.TEXTS, (stream ? STREAM : ASK).formatted("a"));
            assertThat(begun()).isEqualTo("a");
            Thread.sleep(4 * SHORT.heartbeat().toMillis());
            engine.steps.release(3);
            var response = late.get();
            assertThat(response.statusCode()).isEqualTo(200);
            var text = "\u00e9\ud83d\ude00".repeat(3);
            if (stream) {
                assertThat(response.body()).startsWith(": ");
                assertThat(Client.chunks(response).stream().map(chunk -> chunk.at("/choices/0/text").textValue())
                        .reduce("", String::concat)).isEqualTo(text);
            } else {
                assertThat(response.body()).startsWith("  ");
                assertThat(Client.json(response.body()).at("/choices/0/text").textValue()).isEqualTo(text);
            }
        }
    }

    @Test
    void requestsThatTrickleInAreCutOff() throws Exception {
        var beginnings = new String[] {"P", "POST /v1/completions HTTP/1.1\r\nHost: lo",
            "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: 900\r\n\r\n{"};
        for (var beginning : beginnings) {
            try (var socket = client.connect()) {
                socket.getOutputStream().write(beginning.getBytes(UTF_8));
                long start = System.nanoTime();
                assertThat(cutOff(() -> {
                    socket.getOutputStream().write('a');
                    Thread.sleep(20);
                }, 200)).isTrue();
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isGreaterThan(SHORT.receive().dividedBy(2));
            }
        }
        engine.steps.release(3);
        assertThat(client.post(Client.TEXTS, ASK.formatted("b")).statusCode()).isEqualTo(200);
    }

    @Test
    void aClientThatDoesNotReadIsCutOffAndKeepsNobodyWaiting() throws Exception {
        var wide = new SteppedEngine("x".repeat(100_000));
        wide.steps.release(1_000);
        try (var other = CompletionServer.start(wide, "m", ServerOptions.loopback(0).withTimeouts(SHORT))) {
            var reader = new Client(other);
            try (var socket = reader.open(Client.TEXTS, "{'prompt': 'a', 'max_tokens': 200, 'stream': true}")) {
                assertThat(wide.ended.poll(10, TimeUnit.SECONDS)).isEqualTo(FinishReason.LENGTH);
                assertThat(reader.post(Client.TEXTS, "{'prompt': 'b', 'max_tokens': 1}").statusCode()).isEqualTo(200);
                until(() -> reader.get("/metrics").body().contains("status=\"499\"} 1"));
                assertThat(readAll(socket.getInputStream())).doesNotContain("[DONE]");
            }
        }
    }

    @Test
    void moreConnectionsThanThereAreThreadsAreClosed() throws Exception {
        var sockets = new ArrayList<Socket>();
        try {
            for (int i = 0; i < 100; i++) {
                var socket = client.connect();
                socket.getOutputStream().write("GET /health HTTP/1.1\r\n".getBytes(UTF_8));
                sockets.add(socket);
            }
            int closed = 0;
            for (var socket : sockets) {
                socket.setSoTimeout(10_000);
                closed += readAll(socket.getInputStream()).isEmpty() ? 1 : 0;
            }
            assertThat(closed).isEqualTo(100);
        } finally {
            for (var socket : sockets) {
                socket.close();
            }
        }
        assertThat(client.get("/health").statusCode()).isEqualTo(200);
    }

    private String begun() throws InterruptedException {
        return engine.begun.poll(10, TimeUnit.SECONDS);
    }

    private double metric(String name) {
        return client.get("/metrics").body().lines().filter(line -> line.startsWith("xlstm4j_" + name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.indexOf(' ')))).sum();
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("in time").isLessThan(deadline);
            Thread.sleep(10);
        }
    }

    private interface Writing {
        void run() throws IOException, InterruptedException;
    }

    /** Whether writing fails before it was done so many times. */
    private static boolean cutOff(Writing writing, int times) throws InterruptedException {
        try {
            for (int i = 0; i < times; i++) {
                writing.run();
            }
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    private static void readUntil(InputStream in, String text) throws IOException {
        var bytes = new ByteArrayOutputStream();
        while (!bytes.toString(UTF_8).contains(text)) {
            int next = in.read();
            assertThat(next).as(bytes.toString(UTF_8)).isNotNegative();
            bytes.write(next);
        }
    }

    /** What comes until the connection ends, properly or not. */
    private static String readAll(InputStream in) throws IOException {
        var bytes = new ByteArrayOutputStream();
        try {
            in.transferTo(bytes);
        } catch (SocketException reset) {
            // An end, too.
        }
        return bytes.toString(UTF_8);
    }
}
