package org.xlstm4j.ops.attention;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.heads.Heads;

/**
 * Attention of the last steps of those that have keys. A piece shorter than what stands before it is a product of
 * [time, steps] scores; a longer one is attention over all steps, where what the earlier queries get is dropped.
 */
final class ContinuedAttention {
    private final AttentionSpec spec;
    private final SDVariable query;
    private final SDVariable keys;
    private final SDVariable values;
    private final SDVariable present;
    private final SameDiff sd;
    private final int time;
    private final int before;
    private final int steps;

    ContinuedAttention(AttentionSpec spec, SDVariable query, SDVariable keys, SDVariable values, SDVariable present,
                       int before) {
        this.spec = spec;
        this.query = query;
        this.keys = keys;
        this.values = values;
        this.present = present;
        this.sd = query.getSameDiff();
        this.time = spec.time();
        this.before = before;
        this.steps = before + time;
    }

    SDVariable output() {
        return time < before ? direct() : padded();
    }

    /** With queries of zeros for the steps before the piece. */
    SDVariable padded() {
        long width = (long) spec.heads() * spec.headDim();
        var earlier = sd.slice(present, new int[] {0, 0}, -1, before).mul(0.0).reshape(-1, before, 1)
                .mul(sd.constant(Nd4j.ones(query.dataType(), 1, 1, width)));
        var queries = sd.concat(1, earlier, query.reshape(-1, time, width)).reshape(-1, width);
        var all = Attention.causal(spec.withTime(steps), queries, rows(keys, spec.headDim()),
                rows(values, spec.valueDim()), present);
        int outputs = spec.heads() * spec.valueDim();
        return sd.slice(all.reshape(-1, steps, outputs), new int[] {0, before, 0}, -1, time, outputs)
                .reshape(-1, outputs);
    }

    /** Out of stock SameDiff ops. */
    SDVariable direct() {
        var scores = sd.mmul(new Heads(spec.heads(), time, spec.headDim()).split(query),
                repeated(keys, spec.headDim()), false, true, false).mul(spec.scale());
        var weights = sd.nn.softmax(scores.add(visible().sub(1.0).mul(ComposedAttention.MASKED)), 3);
        return new Heads(spec.heads(), time, spec.valueDim())
                .join(sd.mmul(weights, repeated(values, spec.valueDim()), false, false, false));
    }

    private SDVariable repeated(SDVariable x, int width) {
        var byHead = new Heads(spec.keyValueHeads(), steps, width).split(rows(x, width));
        return ComposedAttention.repeatHeads(byHead, spec.keyValueHeads(), spec.heads(), steps, width);
    }

    private SDVariable rows(SDVariable x, int width) {
        return x.reshape(-1, (long) spec.keyValueHeads() * width);
    }

    /** [batch, 1, time, steps]: 1 where a query sees a key. */
    private SDVariable visible() {
        int window = spec.window().map(AttentionSpec.Window::size).orElse(steps);
        int sinks = spec.window().map(AttentionSpec.Window::sinks).orElse(0);
        var queries = sd.slice(present, new int[] {0, before}, -1, time).reshape(-1, 1, time, 1);
        var same = queries.eq(present.reshape(-1, 1, 1, steps)).castTo(query.dataType());
        var near = pairs(0, window);
        if (sinks == 0) {
            return same.mul(near);
        }
        var earlier = sd.cumsum(present, true, false, 1).reshape(-1, 1, 1, steps);
        var sink = earlier.lt(sinks).castTo(query.dataType());
        return same.mul(near.add(pairs(window, steps).mul(sink)));
    }

    /** [1, 1, time, steps]: 1 where a key lies at least {@code from} and less than {@code to} steps back. */
    private SDVariable pairs(int from, int to) {
        var values = new float[time][steps];
        for (int t = 0; t < time; t++) {
            for (int key = 0; key < steps; key++) {
                int back = before + t - key;
                values[t][key] = back >= from && back < to ? 1 : 0;
            }
        }
        INDArray array = Nd4j.createFromArray(values).castTo(query.dataType()).reshape(1, 1, time, steps);
        return sd.constant(array);
    }
}
