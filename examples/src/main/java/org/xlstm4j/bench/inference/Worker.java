package org.xlstm4j.bench.inference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** A process that runs a model, as {@link ModelWorker} describes; it idles between requests. */
final class Worker implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int LINES_OF_LOG = 5;
    private static final long SECONDS_TO_END = 20;

    private final Process process;
    private final BufferedWriter requests;
    private final BufferedReader replies;
    private final Path log;
    private final String name;

    /**
     * What a timed request came to.
     *
     * @param seconds that it took
     * @param tokens  that came
     */
    record Answer(double seconds, List<Integer> tokens) {
    }

    /**
     * Starts one and waits until its model is loaded.
     *
     * @param command the process
     * @param log     the file that it writes its standard error to, which is deleted in the end
     */
    Worker(List<String> command, Path log) throws IOException {
        this.log = log;
        // Where this process is ended before it closes the other.
        log.toFile().deleteOnExit();
        this.process = new ProcessBuilder(command).redirectError(log.toFile()).start();
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        this.replies = process.inputReader(StandardCharsets.UTF_8);
        try {
            this.name = reply().path("name").asText();
        } catch (IOException | RuntimeException e) {
            close();
            throw e;
        }
    }

    /** Who answers. */
    String name() {
        return name;
    }

    /** Reads a prompt, until the first token after it is known. */
    Answer prefill(int[] prompt, int maxNewTokens) throws IOException {
        return timed("prefill " + maxNewTokens + " "
                + Arrays.stream(prompt).mapToObj(Integer::toString).collect(Collectors.joining(" ")));
    }

    /** Makes a random state as after so many tokens. */
    void fill(int length, int maxNewTokens) throws IOException {
        ask("fill " + length + " " + maxNewTokens);
    }

    /** Keeps where decoding stands in a file. */
    void save(Path file) throws IOException {
        ask("save " + file.toAbsolutePath());
    }

    /** Goes on from what was kept. */
    void resume(Path file, int maxNewTokens) throws IOException {
        ask("resume " + maxNewTokens + " " + file.toAbsolutePath());
    }

    /** Goes on greedily. */
    Answer decode(int count) throws IOException {
        return timed("decode " + count);
    }

    /** The most bytes that the process has held. */
    long peakBytes() throws IOException {
        return ask("memory").path("peakBytes").asLong();
    }

    private Answer timed(String request) throws IOException {
        var reply = ask(request);
        var tokens = reply.path("tokens");
        return new Answer(reply.path("seconds").asDouble(),
                IntStream.range(0, tokens.size()).mapToObj(i -> tokens.get(i).asInt()).toList());
    }

    private JsonNode ask(String request) throws IOException {
        try {
            requests.write(request);
            requests.newLine();
            requests.flush();
        } catch (IOException e) {
            throw new IOException("the process has ended" + lastWords(), e);
        }
        return reply();
    }

    private JsonNode reply() throws IOException {
        var line = replies.readLine();
        if (line == null) {
            throw new IOException("the process has ended" + lastWords());
        }
        var reply = JSON.readTree(line);
        if (reply.has("error")) {
            throw new IOException(reply.path("error").asText());
        }
        return reply;
    }

    private String lastWords() throws IOException {
        var last = new ArrayDeque<String>();
        try (var lines = Files.lines(log)) {
            lines.filter(line -> !line.isBlank()).forEach(line -> {
                if (last.size() == LINES_OF_LOG) {
                    last.removeFirst();
                }
                last.add(line);
            });
        }
        return last.isEmpty() ? "" : ": " + String.join("; ", last);
    }

    /** Ends the process; by force where it does not end by itself. */
    @Override
    public void close() throws IOException {
        try {
            requests.close();
        } catch (IOException e) {
            // What it did not read is lost with it.
            process.destroy();
        }
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
        replies.close();
        Files.deleteIfExists(log);
    }
}
