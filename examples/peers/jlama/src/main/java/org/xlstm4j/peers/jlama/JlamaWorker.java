package org.xlstm4j.peers.jlama;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.tjake.jlama.model.AbstractModel;
import com.github.tjake.jlama.model.llama.LlamaConfig;
import com.github.tjake.jlama.model.llama.LlamaModel;
import com.github.tjake.jlama.safetensors.DType;
import com.github.tjake.jlama.safetensors.SafeTensorSupport;
import com.github.tjake.jlama.tensor.AbstractTensor;
import com.github.tjake.jlama.tensor.FloatBufferTensor;
import com.github.tjake.jlama.tensor.KvBufferCache;
import com.github.tjake.jlama.tensor.operations.TensorOperationsProvider;
import com.github.tjake.jlama.util.JsonSupport;
import com.github.tjake.jlama.util.PhysicalCoreExecutor;
import java.io.BufferedReader;
import java.io.File;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;

/**
 * Jlama on a Llama checkpoint of float32, its working memory float32 as well: reads requests, a line each, from standard
 * input and answers each with a line of JSON, as {@code org.xlstm4j.bench.inference.ModelWorker} does.
 *
 * <p>It does what Jlama's own {@code generate} does for token ids, greedily: the prompt in batches, then a token at a
 * time, keys and values in memory. No text is encoded or decoded, so that no tokenizer is needed.
 */
public final class JlamaWorker {
    private static final ObjectMapper JSON = new ObjectMapper();
    /** Different entries of a cache that is filled. */
    private static final int DIFFERENT = 61;

    private final AbstractModel model;
    private final AbstractTensor<?, ?> logits;
    private KvBufferCache.KvBuffer cache;
    private int position;
    private int token;

    private JlamaWorker(File folder) throws IOException {
        var config = JsonSupport.om.readValue(new File(folder, "config.json"), LlamaConfig.class);
        this.model = new LlamaModel(config, SafeTensorSupport.loadWeights(folder), null, DType.F32, DType.F32,
                Optional.empty());
        this.logits = model.makeDenseTensor(config.vocabularySize);
    }

    /**
     * Serves standard input until it ends.
     *
     * @param arguments the checkpoint's folder and the number of threads
     */
    public static void main(String[] arguments) throws IOException {
        var replies = new PrintStream(new FileOutputStream(FileDescriptor.out), true, StandardCharsets.UTF_8);
        // What Jlama prints is no reply.
        System.setOut(System.err);
        PhysicalCoreExecutor.overrideThreadCount(Integer.parseInt(arguments[1]));
        var worker = new JlamaWorker(new File(arguments[0]));
        replies.println(JSON.writeValueAsString(Map.of("name", "Jlama, " + TensorOperationsProvider.get().name())));
        var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (var line = requests.readLine(); line != null; line = requests.readLine()) {
            Map<String, Object> reply;
            try {
                reply = worker.answer(line.split(" "));
            } catch (RuntimeException | OutOfMemoryError e) {
                e.printStackTrace();
                // Below what the threads' pool wraps it in.
                reply = Map.of("error", String.valueOf(root(e)));
            }
            replies.println(JSON.writeValueAsString(reply));
        }
    }

    private static Throwable root(Throwable e) {
        return e.getCause() == null ? e : root(e.getCause());
    }

    private Map<String, Object> answer(String[] request) throws IOException {
        return switch (request[0]) {
            case "prefill" -> prefill(Arrays.stream(request).skip(2).mapToInt(Integer::parseInt).toArray());
            case "fill" -> fill(Integer.parseInt(request[1]));
            case "decode" -> decode(Integer.parseInt(request[1]));
            case "memory" -> Map.of("peakBytes", peakBytes());
            default -> throw new IllegalArgumentException("no request " + request[0]);
        };
    }

    private Map<String, Object> prefill(int[] prompt) {
        requirePositions(prompt.length);
        forget();
        long begun = System.nanoTime();
        try (var outputs = model.batchForward(prompt, 0, cache)) {
            position = prompt.length;
            token = model.sample(outputs.slice(outputs.shape().first() - 1), 0, 0, logits);
        }
        return reply(begun, new int[] {token});
    }

    /** As if so many tokens had been read, of which the cache keeps random keys and values. */
    private Map<String, Object> fill(int tokens) {
        requirePositions(tokens);
        forget();
        long begun = System.nanoTime();
        var config = model.getConfig();
        var random = new Random(1);
        var entries = new FloatBufferTensor[DIFFERENT];
        for (int i = 0; i < DIFFERENT; i++) {
            entries[i] = new FloatBufferTensor(1, config.kvLength);
            for (int j = 0; j < config.kvLength; j++) {
                entries[i].set((float) random.nextGaussian(), 0, j);
            }
        }
        for (int layer = 0; layer < config.numberOfLayers; layer++) {
            for (int t = 0; t < tokens; t++) {
                copy(entries[random.nextInt(DIFFERENT)], cache.getKeyTensorForPosition(layer, t));
                copy(entries[random.nextInt(DIFFERENT)], cache.getValTensorForPosition(layer, t));
            }
        }
        position = tokens;
        token = 0;
        return reply(begun, new int[] {token});
    }

    private static void copy(AbstractTensor<?, ?> from, AbstractTensor<?, ?> to) {
        to.copyFrom(from, from.getOffset(0, 0), to.getOffset(0, 0), from.shape().last());
    }

    private Map<String, Object> decode(int count) {
        requirePositions(position + count);
        var tokens = new int[count];
        long begun = System.nanoTime();
        for (int i = 0; i < count; i++) {
            try (var output = model.forward(token, position++, cache, Optional.empty())) {
                token = model.sample(output, 0, 0, logits);
            }
            tokens[i] = token;
        }
        return reply(begun, tokens);
    }

    /** Jlama looks up RoPE's angles for head h at position + 2h (the same shift for queries and keys, so harmless). */
    private void requirePositions(int positions) {
        var config = model.getConfig();
        int most = config.contextLength - 2 * config.numberOfHeads;
        if (positions > most) {
            throw new IllegalArgumentException(positions + " tokens exceed the " + most + " that Jlama reads with "
                    + "max_position_embeddings " + config.contextLength);
        }
    }

    private void forget() {
        if (cache != null) {
            cache.close();
        }
        cache = new KvBufferCache(model).getKvBuffer(UUID.randomUUID());
    }

    private static Map<String, Object> reply(long begun, int[] tokens) {
        var reply = new LinkedHashMap<String, Object>();
        reply.put("seconds", (System.nanoTime() - begun) / 1e9);
        reply.put("tokens", tokens);
        return reply;
    }

    /** The most memory that this process has held, as Linux tells; 0 elsewhere. */
    private static long peakBytes() throws IOException {
        var status = Path.of("/proc/self/status");
        if (!Files.isReadable(status)) {
            return 0;
        }
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst().orElse(0);
        }
    }
}
