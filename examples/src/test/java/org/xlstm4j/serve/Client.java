package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** A client of a server in the same process. */
record Client(CompletionServer server, HttpClient http) {
    static final String TEXTS = "/v1/completions";
    static final String CHAT = "/v1/chat/completions";
    private static final ObjectMapper MAPPER = new ObjectMapper();

    Client(CompletionServer server) {
        this(server, HttpClient.newHttpClient());
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://localhost:" + server.address().getPort() + path))
                .timeout(Duration.ofSeconds(20)).header("Content-Type", "application/json");
    }

    HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return http.send(request.build(), BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    HttpResponse<String> get(String path) {
        return send(request(path));
    }

    /** Posts JSON, written with single quotes. */
    HttpResponse<String> post(String path, String body) {
        return send(posting(path, body));
    }

    CompletableFuture<HttpResponse<String>> postLater(String path, String body) {
        return http.sendAsync(posting(path, body).build(), BodyHandlers.ofString());
    }

    private HttpRequest.Builder posting(String path, String body) {
        return request(path).POST(BodyPublishers.ofString(quoted(body)));
    }

    /** A connection over which a request with this body is sent. */
    Socket open(String path, String body) throws IOException {
        var content = quoted(body).getBytes(UTF_8);
        var socket = connect();
        socket.getOutputStream().write(("POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type:"
                + " application/json\r\nContent-Length: " + content.length + "\r\n\r\n").getBytes(UTF_8));
        socket.getOutputStream().write(content);
        socket.getOutputStream().flush();
        return socket;
    }

    /** A bare connection. */
    Socket connect() throws IOException {
        var socket = new Socket(server.address().getAddress(), server.address().getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    /** JSON with its quotes single, for tests to be read. */
    static String quoted(String body) {
        return body.replace('\'', '"');
    }

    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode error(HttpResponse<String> response) {
        return json(response.body()).path("error");
    }

    /** The chunks of a stream that came to its end. */
    static List<JsonNode> chunks(HttpResponse<String> response) {
        var events = List.of(response.body().split("\n\n"));
        if (!events.get(events.size() - 1).equals("data: [DONE]")) {
            throw new AssertionError("the stream does not end: " + response.body());
        }
        var chunks = new ArrayList<JsonNode>();
        for (var event : events.subList(0, events.size() - 1)) {
            if (event.startsWith("data: ")) {
                chunks.add(json(event.substring("data: ".length())));
            } else if (!event.startsWith(":")) {
                throw new AssertionError("neither an event nor a comment: " + event);
            }
        }
        return chunks;
    }
}
