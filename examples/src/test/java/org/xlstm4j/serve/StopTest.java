package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.xlstm4j.generate.FinishReason;

class StopTest {
    private static final Timeouts PATIENT =
            new Timeouts(Duration.ofSeconds(5), Duration.ofSeconds(5), Duration.ofSeconds(5));

    private final SteppedEngine engine = new SteppedEngine("a");
    private CompletionServer server;
    private Client client;

    @BeforeEach
    void start() throws IOException {
        server = CompletionServer.start(engine, "m", ServerOptions.loopback(0).withTimeouts(PATIENT));
        client = new Client(server);
    }

    @AfterEach
    void stop() {
        engine.steps.release(1_000_000);
        server.close();
    }

    @Test
    void whatWasTakenOnIsFinishedAndNewWorkRefused() throws Exception {
        var running = begin("{'prompt': 'a', 'max_tokens': 2}");
        var waiting = client.postLater(Client.TEXTS, "{'prompt': 'b', 'max_tokens': 2}");
        while (!client.get("/metrics").body().contains("xlstm4j_requests_waiting 1")) {
            Thread.sleep(10);
        }
        var stop = stopWithin(Duration.ofSeconds(20));
        while (client.get("/health").statusCode() == 200) {
            Thread.sleep(10);
        }
        var refused = client.post(Client.TEXTS, "{'prompt': 'c'}");
        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(Client.error(refused).path("code").textValue()).isEqualTo("server_stopping");
        assertThat(stop).isNotDone();

        engine.steps.release(4);
        for (var answer : List.of(running, waiting)) {
            assertThat(answer.get().statusCode()).isEqualTo(200);
            assertThat(Client.json(answer.get().body()).at("/choices/0/text").textValue()).isEqualTo("aa");
        }
        stop.get(10, TimeUnit.SECONDS);
        server.awaitStop();
        assertThatThrownBy(() -> client.http().send(client.request("/health").build(),
                HttpResponse.BodyHandlers.ofString())).isInstanceOf(ConnectException.class);
    }

    @Test
    void whatIsNotFinishedInTimeIsEndedAndTold() throws Exception {
        var running = begin("{'prompt': 'a', 'max_tokens': 1000}");
        var waiting = client.postLater(Client.TEXTS, "{'prompt': 'b', 'max_tokens': 1000}");
        while (!client.get("/metrics").body().contains("xlstm4j_requests_waiting 1")) {
            Thread.sleep(10);
        }
        var stop = stopWithin(Duration.ofMillis(100));
        // Though the model does not come to its next token.
        assertThat(running.get().statusCode()).isEqualTo(503);
        assertThat(waiting.get().statusCode()).isEqualTo(503);
        assertThat(stop).isNotDone();
        stepUntil(stop);
        assertThat(engine.ended.poll(10, TimeUnit.SECONDS)).isEqualTo(FinishReason.CANCELLED);
        assertThat(engine.begun).isEmpty();
        stop.get(10, TimeUnit.SECONDS);
    }

    @Test
    void aStreamEndedBeforeItsTimeSaysSoAndIsCutOff() throws Exception {
        try (var socket = client.open(Client.TEXTS, "{'prompt': 'a', 'max_tokens': 1000, 'stream': true}")) {
            assertThat(engine.begun.poll(10, TimeUnit.SECONDS)).isEqualTo("a");
            engine.steps.release(1);
            var stop = stopWithin(Duration.ofMillis(100));
            stepUntil(stop);
            var text = new String(socket.getInputStream().readAllBytes(), UTF_8);
            assertThat(text).contains("\"text\":\"a\"").contains("data: {\"error\":{").contains("server_stopping")
                    .doesNotContain("[DONE]").doesNotContain("\r\n0\r\n");
            stop.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void stoppingTwiceWaitsForTheFirst() throws Exception {
        var running = begin("{'prompt': 'a', 'max_tokens': 1}");
        var stops = List.of(stopWithin(Duration.ofSeconds(20)), stopWithin(Duration.ofSeconds(20)));
        assertThat(stops).noneMatch(CompletableFuture::isDone);
        engine.steps.release(1);
        assertThat(running.get().statusCode()).isEqualTo(200);
        for (var stop : stops) {
            stop.get(10, TimeUnit.SECONDS);
        }
    }

    /** Lets tokens be made, one at a time, until something comes of it. */
    private void stepUntil(CompletableFuture<?> done) throws InterruptedException {
        for (int i = 0; i < 900 && !done.isDone(); i++) {
            engine.steps.release(1);
            Thread.sleep(20);
        }
    }

    private CompletableFuture<HttpResponse<String>> begin(String body) throws InterruptedException {
        var answer = client.postLater(Client.TEXTS, body);
        assertThat(engine.begun.poll(10, TimeUnit.SECONDS)).isNotNull();
        return answer;
    }

    private CompletableFuture<Void> stopWithin(Duration grace) {
        return CompletableFuture.runAsync(() -> {
            try {
                server.stop(grace);
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
    }
}
