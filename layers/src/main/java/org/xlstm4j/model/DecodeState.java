package org.xlstm4j.model;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.mlstm.Mlstm;

/**
 * Where a batch of sequences stands in decoding: per layer the key-value cache and, for a student, the mLSTM's memory,
 * all under the names of the step graph's placeholders. Its size does not grow for a student.
 *
 * @param arrays  by placeholder name
 * @param lengths tokens read so far, a row each
 */
record DecodeState(Map<String, INDArray> arrays, int[] lengths) {
    private static final String KEYS = ".keys";
    private static final String VALUES = ".values";
    private static final String MAX = ".max";

    /** The names of a layer's state. */
    record Names(String keys, String values, String memory, String normalizer, String max) {
        static Names of(int layer) {
            var prefix = "state." + layer;
            return new Names(prefix + KEYS, prefix + VALUES, prefix + ".memory", prefix + ".normalizer",
                    prefix + MAX);
        }

        /** Whether the name is that of cached keys or values. */
        static boolean isCache(String name) {
            return name.endsWith(KEYS) || name.endsWith(VALUES);
        }
    }

    /** Name and shape of every array, in order, where caches have the given numbers of slots, a layer each. */
    static Map<String, long[]> shapes(ModelConfig config, int batch, int[] slots) {
        var shapes = new LinkedHashMap<String, long[]>();
        long heads = config.heads();
        long width = config.headDim();
        for (int layer = 0; layer < config.layers(); layer++) {
            var names = Names.of(layer);
            shapes.put(names.keys(), new long[] {batch, slots[layer], config.keyValueHeads() * width});
            shapes.put(names.values(), new long[] {batch, slots[layer], config.keyValueHeads() * width});
            if (config.isStudent()) {
                shapes.put(names.memory(), new long[] {batch, heads, width, width});
                shapes.put(names.normalizer(), new long[] {batch, heads, width});
                shapes.put(names.max(), new long[] {batch, heads});
            }
        }
        return shapes;
    }

    /** The state of sequences that have read nothing. */
    static DecodeState empty(ModelConfig config, int batch, List<RingBuffer> rings) {
        var arrays = new LinkedHashMap<String, INDArray>();
        shapes(config, batch, slots(rings)).forEach((name, shape) -> arrays.put(name,
                name.endsWith(MAX) ? Nd4j.valueArrayOf(shape, Mlstm.EMPTY, DataType.FLOAT)
                        : Nd4j.create(DataType.FLOAT, shape)));
        return new DecodeState(arrays, new int[batch]);
    }

    /** The caches' slots, a layer each. */
    static int[] slots(List<RingBuffer> rings) {
        return rings.stream().mapToInt(RingBuffer::slots).toArray();
    }

    /** The slots that are in use at the given lengths, a layer each: a cache is filled from its first slot on. */
    static int[] usedSlots(ModelConfig config, int[] lengths) {
        int longest = Arrays.stream(lengths).max().orElseThrow();
        return rings(config, longest).stream().mapToInt(ring -> Math.min(longest, ring.slots())).toArray();
    }

    /** A copy whose caches have the given numbers of slots, a layer each, of which those in use keep their place. */
    DecodeState withSlots(ModelConfig config, int[] slots) {
        var copies = new LinkedHashMap<String, INDArray>();
        shapes(config, lengths.length, slots).forEach((name, shape) ->
                copies.put(name, Names.isCache(name) ? cache(arrays.get(name), shape) : arrays.get(name).dup('c')));
        return new DecodeState(copies, lengths.clone());
    }

    private static INDArray cache(INDArray from, long[] shape) {
        long slots = Math.min(from.size(1), shape[1]);
        var part = from.get(NDArrayIndex.all(), NDArrayIndex.interval(0, slots), NDArrayIndex.all());
        if (slots == shape[1]) {
            return part.dup('c');
        }
        var to = Nd4j.create(DataType.FLOAT, shape);
        to.get(NDArrayIndex.all(), NDArrayIndex.interval(0, slots), NDArrayIndex.all()).assign(part);
        return to;
    }

    /** A copy of some rows, any of them any number of times. */
    DecodeState rows(int... rows) {
        return new DecodeState(map(arrays, array -> rows(array, rows)),
                Arrays.stream(rows).map(row -> lengths[row]).toArray());
    }

    static INDArray rows(INDArray array, int... rows) {
        return Nd4j.concat(0, Arrays.stream(rows).mapToObj(row -> row(array, row)).toArray(INDArray[]::new));
    }

    private static INDArray row(INDArray array, int row) {
        var shape = array.shape().clone();
        shape[0] = 1;
        return array.get(NDArrayIndex.interval(row, row + 1)).reshape('c', shape);
    }

    private static Map<String, INDArray> map(Map<String, INDArray> arrays, UnaryOperator<INDArray> change) {
        var changed = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, array) -> changed.put(name, change.apply(array)));
        return changed;
    }

    /** This state, one token later. */
    DecodeState next(Map<String, INDArray> updated) {
        return new DecodeState(new HashMap<>(updated), Arrays.stream(lengths).map(length -> length + 1).toArray());
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
