package org.xlstm4j.model;

/**
 * Where a key-value cache keeps each position: the first {@code sinks} positions have slots of their own, the later
 * ones share a ring of {@code window} slots. A teacher's growing cache is all sinks and no ring.
 */
record CacheLayout(int sinks, int window) {

    /** The layout of a model that decodes up to {@code capacity} tokens. */
    static CacheLayout of(ModelConfig config, int capacity) {
        return config.hybrid().map(hybrid -> new CacheLayout(hybrid.sinks(), hybrid.window()))
                .orElseGet(() -> new CacheLayout(capacity, 0));
    }

    int slots() {
        return sinks + window;
    }

    /** The slot of a position. */
    int slot(int position) {
        if (position < sinks) {
            return position;
        }
        if (window == 0) {
            throw new IllegalStateException("position " + position + " lies beyond the cache of " + sinks + " tokens");
        }
        return sinks + (position - sinks) % window;
    }

    /** Whether {@code slot} holds a token that a query at {@code position} sees, its own token written first. */
    boolean visible(int slot, int position) {
        return slot < sinks ? slot <= position : slot - sinks <= position - sinks;
    }

    /** Whether {@code position} is still in the cache once {@code length} tokens are. */
    boolean holds(int position, int length) {
        return position < sinks || position >= length - window;
    }
}
