package org.xlstm4j.bench.inference;

import java.util.Optional;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The size of a Llama whose weights are random, its head tied to the embedding.
 *
 * @param layers        decoder layers
 * @param hidden        width of the residual stream
 * @param heads         query heads, whose width is hidden / heads
 * @param keyValueHeads key and value heads
 * @param mlp           width of the MLP
 * @param vocabulary    words
 */
public record ModelSize(int layers, int hidden, int heads, int keyValueHeads, int mlp, int vocabulary) {
    private static final double ROPE_THETA = 10_000;
    private static final double EPS = 1e-5;

    /** @throws IllegalArgumentException if no model has such a size */
    public ModelSize {
        if (heads < 1 || hidden % heads != 0) {
            throw new IllegalArgumentException("the hidden width (" + hidden + ") must be a multiple of the heads ("
                    + heads + ")");
        }
    }

    /** The teacher's architecture, for contexts up to {@code positions} tokens. */
    public ModelConfig teacher(int positions) {
        return new ModelConfig("llama", vocabulary, hidden, mlp, layers, heads, keyValueHeads, hidden / heads, positions,
                EPS, RopeSpec.of(hidden / heads, ROPE_THETA), true, Optional.empty());
    }

    /** The student's, with so wide a window and so many sinks. */
    public ModelConfig student(int positions, int window, int sinks) {
        return teacher(positions).withHybrid(HybridConfig.of(window, sinks));
    }
}
