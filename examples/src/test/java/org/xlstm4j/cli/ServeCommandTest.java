package org.xlstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServeCommandTest {
    @ParameterizedTest
    @CsvSource({"--port, 70000, port", "--parallel, 0, running", "--queue, -1, waiting",
        "--max-new-tokens, 0, newTokens", "--grace, -1, --grace", "--api-key, ' ', API key",
        "--host, nowhere.invalid, nowhere.invalid"})
    void wrongValuesAreWrongUsage(String option, String value, String named) {
        var run = CommandRun.of("serve", CommandRun.TEACHER, option, value);
        assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(named).hasLineCount(1);
    }

    @Test
    void aTakenPortIsOneLine() throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var run = CommandRun.of("serve", CommandRun.TEACHER, "--port", taken.getLocalPort());
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("cannot listen on").hasLineCount(1);
        }
    }

    @Test
    @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there, a process is not told to stop but ended")
    void servesUntilItIsToldToStopAndFinishesWhatItBegan() throws Exception {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        var process = new ProcessBuilder(List.of(java, "-Xmx512m", "-cp", System.getProperty("java.class.path"),
                "org.xlstm4j.cli.Main", "serve", CommandRun.TEACHER.toString(), "--port", "0", "--name", "small",
                "--grace", "20")).redirectError(ProcessBuilder.Redirect.DISCARD).start();
        try (var out = new BufferedReader(new InputStreamReader(process.getInputStream()))) {
            var line = out.readLine();
            assertThat(line).matches("serving small at http://localhost:\\d+/v1");
            var base = line.substring(line.indexOf("http://"));
            var request = HttpRequest.newBuilder(URI.create(base + "/completions")).timeout(Duration.ofSeconds(30))
                    .header("Content-Type", "application/json").POST(BodyPublishers.ofString("""
                            {"model": "small", "prompt": "Compute 68 + 15 =", "temperature": 0, "max_tokens": 200,
                             "stream": true, "repetition_penalty": 1.3}""")).build();
            var response = HttpClient.newHttpClient().send(request, BodyHandlers.ofLines());
            assertThat(response.statusCode()).isEqualTo(200);
            process.destroy();
            assertThat(response.body().filter(event -> !event.isEmpty()).toList()).endsWith("data: [DONE]");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            // As of a process that the signal ended itself: 128 + SIGTERM.
            assertThat(process.exitValue()).isEqualTo(143);
        } finally {
            process.destroyForcibly();
        }
    }
}
