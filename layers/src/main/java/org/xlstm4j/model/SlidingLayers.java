package org.xlstm4j.model;

import java.util.List;
import java.util.Objects;
import org.xlstm4j.ops.rope.RopeSpec;

/**
 * The layers of a teacher whose queries see a window alone; the others see everything before them. A student has
 * windows of its own, but keeps these layers' RoPE.
 *
 * @param layers indices of the layers, ascending
 * @param window tokens that a query sees back, itself included
 * @param rope   rotary position embedding of these layers
 */
public record SlidingLayers(List<Integer> layers, int window, RopeSpec rope) {

    public SlidingLayers {
        layers = List.copyOf(layers);
        if (layers.isEmpty()) {
            throw new IllegalArgumentException("sliding windows need a layer that has one");
        }
        for (int i = 0; i < layers.size(); i++) {
            if (layers.get(i) < 0 || i > 0 && layers.get(i) <= layers.get(i - 1)) {
                throw new IllegalArgumentException("sliding layers must be indices in ascending order, were " + layers);
            }
        }
        if (window < 1) {
            throw new IllegalArgumentException("a sliding window must be at least 1 token, was " + window);
        }
        Objects.requireNonNull(rope, "rope");
    }
}
