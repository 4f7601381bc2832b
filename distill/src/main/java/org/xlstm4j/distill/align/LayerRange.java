package org.xlstm4j.distill.align;

/**
 * Layers that follow each other.
 *
 * @param first the first, counted from 0
 * @param end   the one after the last
 */
public record LayerRange(int first, int end) {
    public LayerRange {
        if (first < 0 || end <= first) {
            throw new IllegalArgumentException("there are no layers from " + first + " to before " + end);
        }
    }

    /** These layers, if a model of so many has them. */
    LayerRange requireOf(int layers) {
        if (end > layers) {
            throw new IllegalArgumentException("a model of " + layers + " layers has no layer " + (end - 1));
        }
        return this;
    }

    @Override
    public String toString() {
        return first + " to " + (end - 1);
    }
}
