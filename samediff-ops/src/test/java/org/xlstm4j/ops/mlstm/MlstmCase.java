package org.xlstm4j.ops.mlstm;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.RandomArrays;

/**
 * An mLSTM's inputs and the gradients that arrive at its outputs, as float64 arrays by name. What comes out is named
 * {@code hidden}, {@code finalMemory} and {@code finalNormalizer}; the latter two are stabilised with the oracle's m,
 * whichever m a form works with.
 */
record MlstmCase(MlstmSpec spec, Map<String, INDArray> arrays) {
    private static final List<String> STATE = List.of("memory", "normalizer", "max");
    private static final List<String> DIFFERENTIATED =
            List.of("query", "key", "value", "inputGate", "forgetGate", "memory", "normalizer", "max");
    private static final List<String> OVER_TIME =
            List.of("query", "key", "value", "inputGate", "forgetGate", "segments", "dhidden");

    /** Random inputs as suit the spec's read, an upstream gradient at the hidden states and none at the last state. */
    static MlstmCase random(MlstmSpec spec, int batch, long seed) {
        return random(spec, batch, seed, spec.read() == MlstmSpec.Read.NORMALIZER);
    }

    /** Random inputs whose queries and keys are softmax features: no product of theirs is near 0. */
    static MlstmCase positive(MlstmSpec spec, int batch, long seed) {
        return random(spec, batch, seed, true);
    }

    private static MlstmCase random(MlstmSpec spec, int batch, long seed, boolean features) {
        var random = new RandomArrays(seed);
        int heads = spec.heads();
        int time = spec.time();
        long[] keys = {batch, heads, time, spec.keyDim()};
        var arrays = new LinkedHashMap<String, INDArray>();
        arrays.put("query", features ? random.softmax(keys) : random.normal(keys));
        arrays.put("key", features ? random.softmax(keys) : random.normal(keys));
        arrays.put("value", random.normal(batch, heads, time, spec.valueDim()));
        arrays.put("inputGate", random.normal(batch, heads, time));
        arrays.put("forgetGate", random.normal(batch, heads, time).addi(2));
        arrays.put("dhidden", random.normal(batch, heads, time, spec.valueDim()));
        return new MlstmCase(spec, arrays).withStateUpstream(
                Nd4j.zeros(DataType.DOUBLE, batch, heads, spec.keyDim(), spec.valueDim()),
                Nd4j.zeros(DataType.DOUBLE, batch, heads, spec.keyDim()),
                Nd4j.zeros(DataType.DOUBLE, batch, heads));
    }

    /** The same case with the values that the given type can hold. */
    MlstmCase roundedTo(DataType dataType) {
        var rounded = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, x) -> rounded.put(name, x.castTo(dataType).castTo(DataType.DOUBLE)));
        return new MlstmCase(spec, rounded);
    }

    MlstmCase with(String name, INDArray array) {
        var changed = new LinkedHashMap<>(arrays);
        changed.put(name, array);
        return new MlstmCase(spec, changed);
    }

    MlstmCase with(MlstmSpec other) {
        return new MlstmCase(other, arrays);
    }

    MlstmCase withInitial(INDArray memory, INDArray normalizer, INDArray max) {
        return with("memory", memory).with("normalizer", normalizer).with("max", max);
    }

    MlstmCase withRandomInitial(long seed) {
        var random = new RandomArrays(seed);
        boolean features = spec.read() == MlstmSpec.Read.NORMALIZER;
        long[] keys = {batch(), spec.heads(), spec.keyDim()};
        return withInitial(random.normal(batch(), spec.heads(), spec.keyDim(), spec.valueDim()),
                features ? random.softmax(keys) : random.normal(keys), random.normal(batch(), spec.heads()));
    }

    MlstmCase withStateUpstream(INDArray memory, INDArray normalizer, INDArray max) {
        return with(Gradient.of("finalMemory"), memory).with(Gradient.of("finalNormalizer"), normalizer)
                .with(Gradient.of("finalMax"), max);
    }

    MlstmCase withRandomStateUpstream(long seed) {
        var random = new RandomArrays(seed);
        return withStateUpstream(random.normal(batch(), spec.heads(), spec.keyDim(), spec.valueDim()),
                random.normal(batch(), spec.heads(), spec.keyDim()), get(Gradient.of("finalMax")));
    }

    /** Documents by the number of each token's document, a row of the batch each. */
    MlstmCase withSegments(int[]... rows) {
        return with("segments", Nd4j.createFromArray(rows).castTo(DataType.DOUBLE));
    }

    /** The time steps from {@code from} up to and without {@code to}; states stay as they are. */
    MlstmCase steps(int from, int to) {
        var part = new LinkedHashMap<>(arrays);
        for (var name : OVER_TIME) {
            part.computeIfPresent(name, (n, x) -> n.equals("segments")
                    ? x.get(all(), interval(from, to)).dup('c')
                    : x.get(all(), all(), interval(from, to)).dup('c'));
        }
        return new MlstmCase(spec.withTime(to - from), part);
    }

    /** One row of the batch. */
    MlstmCase row(int index) {
        var part = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, x) -> part.put(name, x.get(interval(index, index + 1)).dup('c')));
        return new MlstmCase(spec, part);
    }

    /** The same inputs without documents and without an initial state. */
    MlstmCase asOneDocument() {
        var part = new LinkedHashMap<>(arrays);
        Stream.concat(Stream.of("segments"), STATE.stream()).forEach(part::remove);
        return new MlstmCase(spec, part);
    }

    INDArray get(String name) {
        return arrays.get(name);
    }

    boolean has(String name) {
        return arrays.containsKey(name);
    }

    int batch() {
        return (int) get("query").size(0);
    }

    List<String> differentiated() {
        return DIFFERENTIATED.stream().filter(this::has).toList();
    }
}
