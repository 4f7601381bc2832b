package org.xlstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
    private static final ServerOptions OPTIONS = ServerOptions.loopback(0);

    @Test
    void aKeyIsAskedForEverywhereButByHealth() throws IOException {
        try (var server = start(OPTIONS.withApiKey("s3cret"))) {
            var client = new Client(server);
            assertThat(client.get("/health").statusCode()).isEqualTo(200);
            for (var path : new String[] {"/v1/models", "/metrics", "/nowhere"}) {
                var refused = client.get(path);
                assertThat(refused.statusCode()).isEqualTo(401);
                assertThat(refused.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
            }
            var post = client.post(Client.TEXTS, "{'prompt': 'a'}");
            assertThat(post.statusCode()).isEqualTo(401);
            assertThat(Client.error(post).path("code").textValue()).isEqualTo("invalid_api_key");
        }
    }

    @ParameterizedTest
    @CsvSource({"Bearer s3cret, 200", "bearer s3cret, 200", "Bearer s3cre, 401", "Bearer s3crets, 401", "Bearer, 401",
        "s3cret, 401", "Basic s3cret, 401", "Bearer S3CRET, 401"})
    void onlyTheKeyItselfOpens(String header, int status) throws IOException {
        try (var server = start(OPTIONS.withApiKey("s3cret"))) {
            var client = new Client(server);
            assertThat(client.send(client.request("/v1/models").header("Authorization", header)).statusCode())
                    .isEqualTo(status);
        }
    }

    @ParameterizedTest
    @CsvSource({"localhost, 200", "LOCALHOST:9, 200", "127.0.0.1:80, 200", "127.1.2.3, 200", "[::1]:8080, 200",
        "evil.example, 403", "localhost.evil.example, 403", "127.0.0.1.evil.example:80, 403", "10.0.0.1, 403"})
    void withoutAKeyTheLoopbackAnswersToItsOwnNamesAlone(String host, int status) throws IOException {
        try (var server = start(OPTIONS)) {
            assertThat(statusFor(server, host)).isEqualTo(status);
        }
    }

    @Test
    void withAKeyAnyNameWillDo() throws IOException {
        try (var server = start(OPTIONS.withApiKey("k"))) {
            assertThat(statusFor(server, "evil.example")).isEqualTo(401);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "k\u00e9y", "k\n"})
    void keysThatNoHeaderCanBearAreRefused(String key) {
        assertThatThrownBy(() -> OPTIONS.withApiKey(key)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("API key");
    }

    @Test
    void anUnknownHostIsNamed() {
        var nowhere = InetSocketAddress.createUnresolved("nowhere.invalid", 80);
        assertThatThrownBy(() -> OPTIONS.withAddress(nowhere)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nowhere.invalid");
    }

    private static CompletionServer start(ServerOptions options) throws IOException {
        return CompletionServer.start(new SteppedEngine("a"), "m", options);
    }

    private static int statusFor(CompletionServer server, String host) throws IOException {
        try (var socket = new Client(server).connect()) {
            socket.getOutputStream().write(("GET /v1/models HTTP/1.1\r\nHost: " + host + "\r\n\r\n").getBytes(UTF_8));
            var line = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8)).readLine();
            return Integer.parseInt(line.split(" ")[1]);
        }
    }
}
