package org.xlstm4j.model;

import java.util.Objects;

/**
 * What the decoder layers of a family have beside Llama's parts, or in other places.
 *
 * @param norms        where the norms stand
 * @param queryKeyNorm the norm of queries and keys before RoPE
 * @param biases       which projections of the attention have biases
 */
public record Traits(Norms norms, QueryKeyNorm queryKeyNorm, Biases biases) {
    /** Llama's and Mistral's layers. */
    public static final Traits LLAMA = new Traits(Norms.BEFORE, QueryKeyNorm.NONE, Biases.NONE);

    /** Where the norms of the mixer and the MLP stand. */
    public enum Norms {
        /** On what they read: x + f(norm(x)). */
        BEFORE,
        /** On what they add: x + norm(f(x)). */
        AFTER
    }

    /** The norm of queries and keys before RoPE. */
    public enum QueryKeyNorm {
        NONE,
        /** Each head by itself, all with one weight of its width. */
        PER_HEAD,
        /** The whole projection, across its heads. */
        WHOLE
    }

    /** Which projections of the attention have biases. */
    public enum Biases {
        NONE,
        /** Those to queries, keys and values. */
        QUERY_KEY_VALUE,
        /** Those and the output projection. */
        ALL
    }

    public Traits {
        Objects.requireNonNull(norms, "norms");
        Objects.requireNonNull(queryKeyNorm, "queryKeyNorm");
        Objects.requireNonNull(biases, "biases");
    }
}
