package org.xlstm4j.ops.hybrid;

import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.attention.AttentionHead;
import org.xlstm4j.ops.attention.CpuAttention;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.mlstm.HeadState;
import org.xlstm4j.ops.mlstm.MlstmBackward;

/**
 * The fused mixer, backward: a job a key-value head and sequence, since query heads add up the gradients of the keys
 * and values that they share. Weights' gradients are computed a sequence and added up in the sequences' order. With
 * y and w the branches, dy = o dh, dw = (1 − o) dh and do = dh · (y − w).
 */
final class CpuHybridGradient {
    private static final int BLOCK = 64;

    private final HybridSpec spec;
    private final int time;
    private final int width;
    private final int batch;
    private final Operands<Floats> in;
    private final Floats gate;
    private final Floats mlstm;
    private final Floats window;
    private final Floats logSumExp;
    private final Floats dHidden;
    private final Floats dGate;
    private final List<Floats> arrays;
    private final boolean finalState;
    private final Floats segments;
    private final Worker caller;
    private final long gates;
    private final long dGates;
    /** The weights' gradients of every sequence and head. */
    private final long partial;
    private final int partialSize;

    CpuHybridGradient(HybridArguments arguments, List<Floats> arrays, Worker caller) {
        spec = arguments.spec();
        time = spec.time();
        width = spec.headDim();
        in = Operands.of(arrays);
        batch = in.query().size(0) / time;
        gate = arrays.get(Operands.COUNT);
        mlstm = arrays.get(Operands.COUNT + 1);
        window = arrays.get(Operands.COUNT + 2);
        logSumExp = arrays.get(Operands.COUNT + 3);
        dHidden = arrays.get(HybridGradientOp.D_HIDDEN);
        dGate = arrays.get(HybridGradientOp.D_HIDDEN + 1);
        this.arrays = arrays;
        finalState = arguments.finalState();
        segments = arguments.segments() ? arrays.get(arrays.size() - 1) : null;
        this.caller = caller;
        gates = CpuHybrid.inputGates(in, caller);
        dGates = caller.memory(2 * spec.heads() * in.x().size(0));
        partialSize = 2 * width * width + 3 * width + 1;
        partial = caller.memory(batch * spec.heads() * partialSize);
    }

    void run(Operands<Floats> out) {
        int shared = spec.keyValueHeads();
        int group = spec.heads() / shared;
        Workers.forEach(batch * shared, (index, worker) -> {
            int row = index / shared;
            clear(out.key(), row, index % shared, worker);
            clear(out.value(), row, index % shared, worker);
            for (int i = 0; i < group; i++) {
                int head = index % shared * group + i;
                worker.scope(() -> head(row, head, out, worker));
            }
        });
        Workers.forEach(spec.heads(), (head, worker) -> sumOverSequences(head, out, worker));
        long forget = dGates + (long) Float.BYTES * spec.heads() * in.x().size(0);
        new InputGates(in.x(), in.inputGateWeight(), in.inputGateBias())
                .backward(dGates, out.x(), false, out.inputGateWeight(), out.inputGateBias());
        new InputGates(in.x(), in.forgetGateWeight(), in.forgetGateBias())
                .backward(forget, out.x(), true, out.forgetGateWeight(), out.forgetGateBias());
    }

    private void clear(Floats keyOrValue, int row, int index, Worker worker) {
        worker.clear(keyOrValue.rows((long) row * time, (long) index * width), time, width);
    }

    private void head(int row, int index, Operands<Floats> out, Worker worker) {
        var head = new HybridHead(spec, in, segments, gates, row, index, worker);
        int shared = index / (spec.heads() / spec.keyValueHeads());
        var dQuery = head.part(out.query(), index);
        var dKey = head.part(out.key(), shared);
        var dValue = head.part(out.value(), shared);
        var dMlstm = scratch(worker);
        var dWindow = scratch(worker);
        var dLogits = unfuse(head, row, index, dMlstm, dWindow, worker);

        new CpuAttention(spec.attention(), worker).backward(head.documentStarts,
                new AttentionHead(head.query, head.key, head.value, head.part(window, index),
                        logSumExp.at(row, index)),
                new AttentionHead.Gradient(dWindow, dQuery, dKey, dValue));

        var dQueryFeatures = scratch(worker);
        var dKeyFeatures = scratch(worker);
        var dInputGate = worker.floats(time);
        var dForgetGate = worker.floats(time);
        new MlstmBackward(spec.mlstm(), worker).run(head.mlstm,
                new MlstmBackward.Upstream(head.part(mlstm, index), dMlstm,
                        finalState ? HeadState.of(arrays, HybridGradientOp.D_STATE, row, index) : null),
                new MlstmBackward.Gradients(dQueryFeatures, dKeyFeatures, dValue, true, dInputGate, dForgetGate, null));
        worker.store(dInputGate, 0, time, dGate(row, index));
        worker.store(dForgetGate, 0, time, dGate(row, spec.heads() + index));

        long weights = partial + (long) Float.BYTES * (row * spec.heads() + index) * partialSize;
        head.backward(dQueryFeatures, dKeyFeatures, dQuery, dKey, weights,
                weights + (long) Float.BYTES * width * width);
        outputGate(head, index, dLogits, dQuery, dKey, dValue, weights + 2L * Float.BYTES * width * width, worker);
    }

    private Rows scratch(Worker worker) {
        return new Rows(worker.memory(time * width), width);
    }

    private long dGate(int row, int index) {
        return dGates + Float.BYTES * ((long) index * in.x().size(0) + (long) row * time);
    }

    /** Splits dh over the branches; returns the gradient of the output gate's logits. */
    private float[] unfuse(HybridHead head, int row, int index, Rows dMlstm, Rows dWindow, Worker worker) {
        var shares = worker.floats(time);
        var dLogits = worker.floats(time);
        worker.load(gate.at(row, index), shares, 0, time);
        worker.load(dGate.at(row, index), dLogits, 0, time);
        var upstream = worker.floats(BLOCK * width);
        var a = worker.floats(BLOCK * width);
        var b = worker.floats(BLOCK * width);
        for (int first = 0; first < time; first += BLOCK) {
            int steps = Math.min(BLOCK, time - first);
            load(head.part(dHidden, index), first, steps, upstream, worker);
            load(head.part(mlstm, index), first, steps, a, worker);
            load(head.part(window, index), first, steps, b, worker);
            for (int t = 0; t < steps; t++) {
                int at = t * width;
                float share = shares[first + t];
                float dShare = dLogits[first + t] + Vectors.dot(upstream, at, a, at, width)
                        - Vectors.dot(upstream, at, b, at, width);
                dLogits[first + t] = dShare * share * (1 - share);
                Vectors.scale(share, upstream, at, a, at, width);
                Vectors.scale(1 - share, upstream, at, b, at, width);
            }
            worker.store(a, 0, steps * width, dMlstm.at(first));
            worker.store(b, 0, steps * width, dWindow.at(first));
        }
        return dLogits;
    }

    private void load(Rows rows, int first, int steps, float[] to, Worker worker) {
        worker.loadRows(rows.at(first), rows.stride(), steps, width, to);
    }

    /** From the logits' gradient to those of query, key and value, added, and of weight and bias, written. */
    private void outputGate(HybridHead head, int index, float[] dLogits, Rows dQuery, Rows dKey, Rows dValue,
                            long dWeight, Worker worker) {
        long logits = worker.memory(time);
        worker.store(dLogits, 0, time, logits);
        long weight = in.outputGateWeight().at(index);
        var read = List.of(head.query, head.key, head.value);
        var gradients = List.of(dQuery, dKey, dValue);
        for (int i = 0; i < read.size(); i++) {
            long part = (long) Float.BYTES * i * width;
            var x = read.get(i);
            var dx = gradients.get(i);
            worker.blas().gemv(T, time, width, 1, x.address(), x.stride(), logits, 0, dWeight + part);
            worker.blas().ger(time, width, 1, logits, weight + part, dx.address(), dx.stride());
        }
        dLogits[0] = Vectors.sum(dLogits, 0, time);
        worker.store(dLogits, 0, 1, dWeight + 3L * Float.BYTES * width);
    }

    private void sumOverSequences(int head, Operands<Floats> out, Worker worker) {
        var total = worker.floats(partialSize);
        var one = worker.floats(partialSize);
        Arrays.fill(total, 0, partialSize, 0);
        for (int row = 0; row < batch; row++) {
            worker.load(partial + (long) Float.BYTES * (row * spec.heads() + head) * partialSize, one, 0,
                    partialSize);
            Vectors.addScaled(1, one, 0, total, 0, partialSize);
        }
        int square = width * width;
        worker.store(total, 0, square, out.queryFeatures().at(head));
        worker.store(total, square, square, out.keyFeatures().at(head));
        worker.store(total, 2 * square, 3 * width, out.outputGateWeight().at(head));
        worker.store(total, 2 * square + 3 * width, 1,
                out.outputGateBias().address() + (long) Float.BYTES * head);
    }
}
