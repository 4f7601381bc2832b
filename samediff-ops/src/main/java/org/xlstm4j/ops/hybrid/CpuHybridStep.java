package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.xlstm4j.ops.attention.CpuAttentionExtend;
import org.xlstm4j.ops.attention.CpuAttentionStep;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.mask.DocumentStarts;
import org.xlstm4j.ops.mlstm.CpuMlstmStep;
import org.xlstm4j.ops.mlstm.HeadState;
import org.xlstm4j.ops.mlstm.MlstmForward;

/** The fused decoding step, and that of several tokens: caches and memories are read and written once. */
final class CpuHybridStep {
    private static final int CACHES = Operands.COUNT;
    private static final int POSITIONS = CACHES + 2;
    private static final int STATE = CACHES + 3;
    /** Behind the state, where there are several tokens. */
    private static final int COUNTS = STATE + 3;
    private static final int NEXT_STATE = 5;

    private final HybridSpec spec;
    private final RingBuffer ring;
    private final List<Floats> arrays;
    private final Operands<Floats> in;

    CpuHybridStep(HybridSpec spec, RingBuffer ring, List<Floats> arrays) {
        this.spec = spec;
        this.ring = ring;
        this.arrays = arrays;
        this.in = Operands.of(arrays);
    }

    /** One token of every sequence; {@code out} in the order of {@link HybridStepOp}. */
    void run(List<Floats> out, Worker caller) {
        new CpuAttentionStep(spec.attention(), ring).run(List.of(in.query(), in.key(), in.value(), arrays.get(CACHES),
                arrays.get(CACHES + 1), arrays.get(POSITIONS)), out.subList(2, NEXT_STATE), caller);
        long gates = CpuHybrid.inputGates(in, caller);
        Workers.forEach(in.query().size(0) * spec.heads(), (index, worker) ->
                head(index / spec.heads(), 1, index % spec.heads(), gates, out, worker));
    }

    /** Some tokens of every sequence, as many as the counts say, at the end of its row. */
    void extend(List<Floats> out, Worker caller) {
        new CpuAttentionExtend(spec.attention(), ring).run(List.of(in.query(), in.key(), in.value(),
                arrays.get(CACHES), arrays.get(CACHES + 1), arrays.get(POSITIONS), arrays.get(COUNTS)),
                out.subList(2, NEXT_STATE), caller);
        long gates = CpuHybrid.inputGates(in, caller);
        int batch = arrays.get(COUNTS).size(0);
        var counts = caller.floats(batch);
        caller.load(arrays.get(COUNTS).address(), counts, 0, batch);
        Workers.forEach(batch * spec.heads(), (index, worker) -> {
            int row = index / spec.heads();
            int head = index % spec.heads();
            pad(row, (int) counts[row], head, out, worker);
            if (counts[row] > 0) {
                head(row, (int) counts[row], head, gates, out, worker);
            } else {
                keep(row, head, out, worker);
            }
        });
    }

    private void head(int row, int count, int index, long gates, List<Floats> out, Worker worker) {
        var tokens = spec.withTime(count);
        int first = (row + 1) * spec.time() - count;
        var head = new HybridHead(tokens, in, DocumentStarts.of(null, row, count, worker), gates, first, index,
                HeadState.of(arrays, STATE, row, index), worker);
        var mlstm = new Rows(worker.memory(count * spec.headDim()), spec.headDim());
        var next = HeadState.of(out, NEXT_STATE, row, index);
        if (count == 1) {
            new CpuMlstmStep(tokens.mlstm(), worker).run(head.mlstm, mlstm, next);
        } else {
            new MlstmForward(tokens.mlstm(), worker).run(head.mlstm, mlstm, next);
        }
        var shares = head.outputGate();
        worker.store(shares, 0, count, out.get(1).at(row, index) + (long) Float.BYTES * (spec.time() - count));
        head.fuse(shares, mlstm, head.part(out.get(2), index), head.part(out.get(0), index));
    }

    private void pad(int row, int count, int head, List<Floats> out, Worker worker) {
        int padding = spec.time() - count;
        worker.clear(out.get(1).at(row, head), padding);
        worker.clear(out.get(0).rows((long) row * spec.time(), (long) head * spec.headDim()), padding,
                spec.headDim());
    }

    private void keep(int row, int head, List<Floats> out, Worker worker) {
        var from = HeadState.of(arrays, STATE, row, head);
        var to = HeadState.of(out, NEXT_STATE, row, head);
        worker.copy(from.memory(), to.memory(), (long) spec.headDim() * spec.headDim());
        worker.copy(from.normalizer(), to.normalizer(), spec.headDim());
        worker.copy(from.max(), to.max(), 1);
    }
}
