package org.xlstm4j.bench.inference;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.bench.ResidentMemory;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.Decoding;
import org.xlstm4j.model.DecodingState;
import org.xlstm4j.model.Inference;

/**
 * The process of one model. It reads requests, a line each, from standard input, and answers each with a line of JSON:
 *
 * <ul>
 * <li>{@code prefill NEW ID …} reads a prompt, after which at most NEW tokens follow: {@code seconds} until the first of
 *     them is known, and it in {@code tokens};
 * <li>{@code fill LENGTH NEW} goes on as from a random state after LENGTH tokens, without reading;
 * <li>{@code decode COUNT} reads so many tokens greedily, one by one: {@code seconds}, and in {@code tokens} what came;
 * <li>{@code save FILE} keeps the state for {@code resume NEW FILE}, which goes on from it;
 * <li>{@code memory}: {@code peakBytes}, the most that the process has held.
 * </ul>
 *
 * A request that fails is answered with {@code error}; the first line of all has the {@code name} of who answers.
 */
public final class ModelWorker {
    private static final Logger LOG = LoggerFactory.getLogger(ModelWorker.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Inference inference;
    private Decoding decoding;
    private int token;

    ModelWorker(Inference inference) {
        this.inference = inference;
    }

    /**
     * Serves standard input until it ends.
     *
     * @param arguments the checkpoint's folder and the most tokens of a prompt that are read at once
     */
    public static void main(String[] arguments) throws IOException {
        var replies = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // What ND4J prints is no reply.
        System.setOut(System.err);
        var worker = new ModelWorker(new Inference(Checkpoint.open(Path.of(arguments[0])).load(),
                Integer.parseInt(arguments[1])));
        replies.println(JSON.writeValueAsString(Map.of("name", "xlstm4j")));
        var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = requests.readLine(); line != null; line = requests.readLine()) {
            replies.println(JSON.writeValueAsString(worker.answer(line)));
        }
    }

    /** The reply to a request. */
    Map<String, Object> answer(String line) {
        var request = line.split(" ");
        try {
            return switch (request[0]) {
                case "prefill" -> prefill(Integer.parseInt(request[1]),
                        Arrays.stream(request).skip(2).mapToInt(Integer::parseInt).toArray());
                case "fill" -> fill(Integer.parseInt(request[1]), Integer.parseInt(request[2]));
                case "decode" -> decode(Integer.parseInt(request[1]));
                case "save" -> save(Path.of(line.split(" ", 2)[1]));
                case "resume" -> resume(DecodingState.read(Path.of(line.split(" ", 3)[2]), inference.model()),
                        Integer.parseInt(request[1]));
                case "memory" -> Map.of("peakBytes", ResidentMemory.peakBytes());
                default -> throw new IllegalArgumentException("no request " + request[0]);
            };
        } catch (IOException | RuntimeException | OutOfMemoryError e) {
            LOG.error("{} failed", request[0], e);
            return Map.of("error", String.valueOf(e));
        }
    }

    private Map<String, Object> prefill(int maxNewTokens, int[] prompt) {
        forget();
        long begun = System.nanoTime();
        decoding = inference.begin(List.of(prompt), maxNewTokens);
        token = likeliest();
        return reply(begun, new int[] {token});
    }

    private Map<String, Object> fill(int length, int maxNewTokens) {
        return resume(DecodingState.random(inference.model(), length, 1), maxNewTokens);
    }

    private Map<String, Object> save(Path file) throws IOException {
        decoding.snapshot().write(file);
        return Map.of("file", file.toString());
    }

    private Map<String, Object> resume(DecodingState state, int maxNewTokens) {
        forget();
        long begun = System.nanoTime();
        decoding = inference.resume(state, List.of(new int[0]), maxNewTokens);
        token = likeliest();
        return reply(begun, new int[] {token});
    }

    private Map<String, Object> decode(int count) {
        if (decoding == null) {
            throw new IllegalStateException("nothing to go on from: prefill or fill first");
        }
        var tokens = new int[count];
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            decoding.read(new int[] {token});
            token = likeliest();
            tokens[i] = token;
        }
        return reply(begun, tokens);
    }

    private int likeliest() {
        return decoding.logits().argMax(1).getInt(0);
    }

    private void forget() {
        if (decoding != null) {
            decoding.close();
            decoding = null;
            // Of what is outside the heap, a collection alone lets go.
            System.gc();
        }
    }

    private static Map<String, Object> reply(long begun, int[] tokens) {
        var reply = new LinkedHashMap<String, Object>();
        reply.put("seconds", (System.nanoTime() - begun) / 1e9);
        reply.put("tokens", tokens);
        return reply;
    }
}
