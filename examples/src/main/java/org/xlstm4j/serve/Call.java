package org.xlstm4j.serve;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** A request and its response, each within the time that clients have. */
final class Call {
    static final String JSON = "application/json";

    /** What is still read of a request that was refused, so that its client comes to read why. */
    private static final int DRAINED_BYTES = 8 << 20;
    private static final int CUT_OFF = 499;
    private static final String LENGTH = "Content-Length";

    private final HttpExchange exchange;
    private final Deadlines deadlines;
    private boolean received;
    private boolean begun;
    private boolean sent;

    Call(HttpExchange exchange, Deadlines deadlines) {
        this.exchange = exchange;
        this.deadlines = deadlines;
        if (!hasBody()) {
            received();
        }
    }

    String method() {
        return exchange.getRequestMethod();
    }

    String path() {
        return exchange.getRequestURI().getPath();
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(exchange.getRequestHeaders().getFirst(name));
    }

    /** Whether something of the response is under way, so that its status cannot be changed. */
    boolean hasBegun() {
        return begun;
    }

    /** The status of the response, or 499 as long as it has not been sent whole. */
    int status() {
        return sent ? exchange.getResponseCode() : CUT_OFF;
    }

    private boolean hasBody() {
        return header("Transfer-Encoding").isPresent() || !header(LENGTH).orElse("0").equals("0");
    }

    private void received() {
        received = true;
        deadlines.received();
    }

    /**
     * Reads the request's body.
     *
     * @throws ApiException if there is none, or it is longer than {@code most} bytes
     */
    byte[] body(int most) throws IOException {
        if (!hasBody()) {
            throw ApiException.lengthRequired();
        }
        if (header(LENGTH).map(Long::parseLong).orElse(0L) > most) {
            throw ApiException.tooLarge(most);
        }
        var body = exchange.getRequestBody().readNBytes(most + 1);
        if (body.length > most) {
            throw ApiException.tooLarge(most);
        }
        received();
        return body;
    }

    /** Sends a response in one piece. */
    void answer(int status, String type, byte[] content, Map<String, String> headers) throws IOException {
        begun = true;
        var response = exchange.getResponseHeaders();
        headers.forEach(response::set);
        response.set("Content-Type", type);
        if (!received) {
            response.set("Connection", "close");
        }
        deadlines.send(() -> {
            boolean bare = method().equals("HEAD");
            exchange.sendResponseHeaders(status, bare ? -1 : content.length);
            if (!bare) {
                exchange.getResponseBody().write(content);
                exchange.getResponseBody().flush();
            }
            sent = true;
            drain();
            exchange.close();
        });
    }

    private void drain() throws IOException {
        var buffer = new byte[8192];
        for (int left = received ? 0 : DRAINED_BYTES; left > 0;) {
            int read = exchange.getRequestBody().read(buffer);
            left = read < 0 ? 0 : left - read;
        }
    }

    /** Begins a response that comes piece by piece, with status 200. */
    void begin(String type) throws IOException {
        begun = true;
        exchange.getResponseHeaders().set("Content-Type", type);
        exchange.getResponseHeaders().set("Cache-Control", "no-cache");
        deadlines.send(() -> exchange.sendResponseHeaders(200, 0));
    }

    /** Sends a piece; at once if {@code flush}, otherwise with later ones. */
    void write(byte[] piece, boolean flush) throws IOException {
        deadlines.send(() -> {
            exchange.getResponseBody().write(piece);
            if (flush) {
                exchange.getResponseBody().flush();
            }
        });
    }

    /** Ends a response that came piece by piece. */
    void end() throws IOException {
        deadlines.send(() -> {
            exchange.getResponseBody().flush();
            sent = true;
            exchange.close();
        });
    }
}
