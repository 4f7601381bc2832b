package org.xlstm4j.model;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.attention.RingBuffer;

/**
 * Where a batch of sequences stands in decoding: per layer the key-value cache and, for a student, the mLSTM's memory,
 * all under the names of the step graph's placeholders. Its size does not grow for a student.
 *
 * @param arrays  by placeholder name
 * @param lengths tokens read so far, a row each
 */
record DecodeState(Map<String, INDArray> arrays, int[] lengths) {

    /** The names of a layer's state. */
    record Names(String keys, String values, String memory, String normalizer, String max) {
        static Names of(int layer) {
            var prefix = "state." + layer + ".";
            return new Names(prefix + "keys", prefix + "values", prefix + "memory", prefix + "normalizer",
                    prefix + "max");
        }

        /** Whether the name is that of cached keys or values. */
        static boolean isCache(String name) {
            return name.endsWith(".keys") || name.endsWith(".values");
        }

        List<String> all(boolean student) {
            return student ? List.of(keys, values, memory, normalizer, max) : List.of(keys, values);
        }
    }

    /** The names of all layers' states, in order. */
    static List<String> names(ModelConfig config) {
        var names = new ArrayList<String>();
        for (int layer = 0; layer < config.layers(); layer++) {
            names.addAll(Names.of(layer).all(config.isStudent()));
        }
        return names;
    }

    /** This state, one token later. */
    DecodeState next(Map<String, INDArray> updated) {
        var later = lengths.clone();
        for (int row = 0; row < later.length; row++) {
            later[row]++;
        }
        return new DecodeState(new HashMap<>(updated), later);
    }

    /** The layers' caches in decoding up to {@code capacity} tokens: a teacher's keep all that is seen. */
    static List<RingBuffer> rings(ModelConfig config, int capacity) {
        return IntStream.range(0, config.layers()).mapToObj(layer -> config.hybrid()
                .map(hybrid -> new RingBuffer(hybrid.sinks(), hybrid.keptWindow()))
                .orElseGet(() -> teachersRing(config.window(layer), capacity))).toList();
    }

    private static RingBuffer teachersRing(OptionalInt window, int capacity) {
        return window.isPresent() && window.getAsInt() < capacity
                ? new RingBuffer(0, window.getAsInt()) : new RingBuffer(capacity, 0);
    }

    /**
     * The cache's slots filled from a prefill.
     *
     * @param rows [batch · time, width], sequences ending at the last time step
     * @return [batch, slots, width]
     */
    static INDArray cache(RingBuffer ring, INDArray rows, int[] lengths) {
        int time = (int) rows.size(0) / lengths.length;
        int width = (int) rows.size(1);
        var from = rows.dup('c').data().asFloat();
        var to = new float[lengths.length * ring.slots() * width];
        for (int row = 0; row < lengths.length; row++) {
            int source = (row + 1) * time - lengths[row];
            int target = row * ring.slots();
            for (int position = 0; position < lengths[row]; position++) {
                if (ring.holds(position, lengths[row])) {
                    System.arraycopy(from, (source + position) * width, to, (target + ring.slot(position)) * width,
                            width);
                }
            }
        }
        return Nd4j.createFromArray(to).reshape('c', lengths.length, ring.slots(), width);
    }
}
