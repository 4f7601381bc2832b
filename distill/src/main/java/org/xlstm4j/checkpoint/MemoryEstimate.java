package org.xlstm4j.checkpoint;

import org.xlstm4j.model.ModelConfig;

/**
 * What a model takes of memory, worked out before any of it is taken. Parameters and optimiser are exact; what stands
 * between operators is that of the fused ones, to about a quarter.
 *
 * @param parameters   bytes of the parameters in float32
 * @param state        bytes that decoding keeps of a sequence as long as the model takes
 * @param optimizer    bytes of gradients and AdamW's two moments when all parameters train
 * @param activations  bytes of activations a token of a training batch, float32
 * @param logits       bytes of the head's logits that a loss holds at once
 */
public record MemoryEstimate(long parameters, long state, long optimizer, long activations, long logits) {
    /** Logits that the fused losses hold at once, at most. */
    private static final long LOGIT_BYTES = 256L << 20;

    /** Of a model of the given architecture. */
    public static MemoryEstimate of(ModelConfig config) {
        long parameters = config.parameterShapes().values().stream().mapToLong(MemoryEstimate::elements).sum();
        return new MemoryEstimate(Float.BYTES * parameters, Float.BYTES * state(config), 3L * Float.BYTES * parameters,
                Float.BYTES * activations(config), LOGIT_BYTES);
    }

    private static long elements(long[] shape) {
        long elements = 1;
        for (long size : shape) {
            elements = Math.multiplyExact(elements, size);
        }
        return elements;
    }

    /** Keys and values that are kept, and a student's memories and normalizers. */
    private static long state(ModelConfig config) {
        long slots = 0;
        for (int layer = 0; layer < config.layers(); layer++) {
            int most = config.maxPositions();
            slots += config.hybrid().map(hybrid -> Math.min(most, hybrid.keptWindow() + hybrid.sinks()))
                    .orElse(Math.min(most, config.window(layer).orElse(most)));
        }
        long caches = 2 * slots * config.keyValueHeads() * config.headDim();
        long memories = config.isStudent() ? (long) config.layers() * config.heads() * config.headDim()
                * (config.headDim() + 1L) : 0;
        return caches + memories;
    }

    /** Numbers that a step keeps of a token until it goes back. */
    private static long activations(ModelConfig config) {
        long heads = (long) config.heads() * config.headDim();
        long shared = (long) config.keyValueHeads() * config.headDim();
        // Streams before each half of a layer and their norms; turned queries and keys, values; the mixer's output, of
        // a student its two branches', too; gate and up. Gradients take the place of what has gone back already.
        long layer = 4L * config.hiddenSize() + heads + 2 * shared + (config.isStudent() ? 3 : 1) * heads
                + 2L * config.intermediateSize();
        return config.layers() * layer + 2L * config.hiddenSize();
    }

    /** Bytes to decode so many sequences at once. */
    public long inference(int sequences) {
        return parameters + sequences * state;
    }

    /** Bytes to train all parameters with AdamW on batches of so many tokens. */
    public long training(long tokens) {
        return parameters + optimizer + tokens * activations + logits;
    }
}
