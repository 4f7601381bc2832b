package org.xlstm4j.ops.slstm;

import static org.nd4j.linalg.indexing.NDArrayIndex.all;
import static org.nd4j.linalg.indexing.NDArrayIndex.interval;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.testing.Gradient;
import org.xlstm4j.ops.testing.RandomArrays;

/**
 * An sLSTM's inputs and the gradients that arrive at its outputs, as float64 arrays by name. What comes out is named
 * {@code rows} (the hidden states), {@code finalCell}, {@code finalNormalizer}, {@code finalHidden} and
 * {@code finalMax}.
 */
record SlstmCase(SlstmSpec spec, Map<String, INDArray> arrays) {
    private static final List<String> DIFFERENTIATED =
            List.of("gates", "recurrent", "cell", "normalizer", "hidden");
    private static final List<String> ROWS = List.of("gates", "drows");

    /** Random inputs, a gradient at the hidden states and none at the last state. */
    static SlstmCase random(SlstmSpec spec, int batch, long seed) {
        var random = new RandomArrays(seed);
        int rows = batch * spec.time();
        var arrays = new LinkedHashMap<String, INDArray>();
        arrays.put("gates", random.normal(rows, 4L * spec.width()));
        arrays.put("recurrent", random.normal(4, spec.heads(), spec.headDim(), spec.headDim())
                .divi(Math.sqrt(spec.headDim())));
        arrays.put("drows", random.normal(rows, spec.width()));
        for (var name : List.of("finalCell", "finalNormalizer", "finalHidden")) {
            arrays.put(Gradient.of(name), Nd4j.zeros(DataType.DOUBLE, batch, spec.heads(), spec.headDim()));
        }
        return new SlstmCase(spec, arrays);
    }

    /** The same case with the values that the given type can hold. */
    SlstmCase roundedTo(DataType dataType) {
        var rounded = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, x) -> rounded.put(name, x.castTo(dataType).castTo(DataType.DOUBLE)));
        return new SlstmCase(spec, rounded);
    }

    SlstmCase with(String name, INDArray array) {
        var changed = new LinkedHashMap<>(arrays);
        changed.put(name, array);
        return new SlstmCase(spec, changed);
    }

    /** Adds to one kind of pre-activation, 0 … 3 for i, f, z and o. */
    SlstmCase withShifted(int kind, double by) {
        var gates = get("gates").dup('c');
        gates.get(all(), interval(kind * spec.width(), (kind + 1) * spec.width())).addi(by);
        return with("gates", gates);
    }

    SlstmCase withInitial(INDArray cell, INDArray normalizer, INDArray hidden, INDArray max) {
        return with("cell", cell).with("normalizer", normalizer).with("hidden", hidden).with("max", max);
    }

    SlstmCase withRandomInitial(long seed) {
        var random = new RandomArrays(seed);
        long[] shape = {batch(), spec.heads(), spec.headDim()};
        var normalizer = random.softmax(shape).addi(0.5);
        return withInitial(random.softmax(shape).subi(0.5).muli(normalizer), normalizer,
                random.softmax(shape).subi(0.5), random.normal(shape));
    }

    SlstmCase withZeroInitial() {
        var zeros = Nd4j.zeros(DataType.DOUBLE, batch(), spec.heads(), spec.headDim());
        return withInitial(zeros, zeros.dup(), zeros.dup(), zeros.dup());
    }

    SlstmCase withStateUpstream(INDArray cell, INDArray normalizer, INDArray hidden) {
        return with("dfinalCell", cell).with("dfinalNormalizer", normalizer).with("dfinalHidden", hidden);
    }

    SlstmCase withRandomStateUpstream(long seed) {
        var random = new RandomArrays(seed);
        long[] shape = {batch(), spec.heads(), spec.headDim()};
        return withStateUpstream(random.normal(shape), random.normal(shape), random.normal(shape));
    }

    SlstmCase withMask(int[]... present) {
        return with("mask", Nd4j.createFromArray(present).castTo(DataType.DOUBLE));
    }

    /** The time steps from {@code from} up to and without {@code to}; states stay as they are. */
    SlstmCase steps(int from, int to) {
        var part = new LinkedHashMap<>(arrays);
        for (var name : ROWS) {
            var x = get(name);
            part.put(name, x.reshape(batch(), spec.time(), x.size(1)).get(all(), interval(from, to), all()).dup('c')
                    .reshape((long) batch() * (to - from), x.size(1)));
        }
        part.computeIfPresent("mask", (name, x) -> x.get(all(), interval(from, to)).dup('c'));
        return new SlstmCase(spec.withTime(to - from), part);
    }

    /** One row of the batch. */
    SlstmCase row(int index) {
        var part = new LinkedHashMap<String, INDArray>();
        arrays.forEach((name, x) -> {
            int count = ROWS.contains(name) ? spec.time() : 1;
            part.put(name, name.equals("recurrent") ? x
                    : x.get(interval(index * count, (index + 1) * count)).dup('c'));
        });
        return new SlstmCase(spec, part);
    }

    INDArray get(String name) {
        return arrays.get(name);
    }

    boolean has(String name) {
        return arrays.containsKey(name);
    }

    int batch() {
        return (int) (get("gates").size(0) / spec.time());
    }

    List<String> differentiated() {
        return DIFFERENTIATED.stream().filter(this::has).toList();
    }
}
