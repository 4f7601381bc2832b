package org.xlstm4j.ops.attention;

/**
 * Where a cache of keys and values keeps each position: the first {@code sinks} positions have slots of their own, the
 * later ones share a ring of {@code window} slots. A cache that keeps everything is all sinks and no ring.
 *
 * @param sinks  slots of the first positions
 * @param window slots of the latest positions
 */
public record RingBuffer(int sinks, int window) {

    public RingBuffer {
        if (sinks < 0 || window < 0 || sinks + window < 1) {
            throw new IllegalArgumentException("a cache must have at least 1 slot, and neither sinks (" + sinks
                    + ") nor window (" + window + ") may be negative");
        }
    }

    /** The number of slots. */
    public int slots() {
        return sinks + window;
    }

    /** The slot that a position is written to. */
    public int slot(int position) {
        if (position < sinks) {
            return position;
        }
        if (window == 0) {
            throw new IllegalStateException("position " + position + " lies beyond the cache of " + sinks + " tokens");
        }
        return sinks + (position - sinks) % window;
    }

    /** Whether {@code slot} holds a token that a query at {@code position} sees, its own token written first. */
    public boolean visible(int slot, int position) {
        return slot <= position;
    }

    /** Whether {@code position} is still in the cache once {@code length} tokens are. */
    public boolean holds(int position, int length) {
        return position < sinks || position >= length - window;
    }
}
