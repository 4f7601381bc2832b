package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.xlstm4j.ops.attention.CpuAttentionStep;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.mlstm.HeadState;
import org.xlstm4j.ops.mlstm.MlstmForward;

/** The fused decoding step: caches and memories are read and written once, whatever came before. */
final class CpuHybridStep {
    private static final int CACHES = Operands.COUNT;
    private static final int STATE = CACHES + 3;

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

    /** @param out in the order of {@link HybridStepOp} */
    void run(List<Floats> out, Worker caller) {
        new CpuAttentionStep(spec.attention(), ring).run(
                List.of(in.query(), in.key(), in.value(), arrays.get(CACHES), arrays.get(CACHES + 1),
                        arrays.get(CACHES + 2)), out.subList(2, 5), caller);
        long gates = CpuHybrid.inputGates(in, caller);
        Workers.forEach(in.query().size(0) * spec.heads(), (index, worker) ->
                head(index / spec.heads(), index % spec.heads(), gates, out, worker));
    }

    private void head(int row, int index, long gates, List<Floats> out, Worker worker) {
        var head = new HybridHead(spec, in, null, gates, row, index, HeadState.of(arrays, STATE, row, index), worker);
        var mlstm = new Rows(worker.memory(spec.headDim()), spec.headDim());
        new MlstmForward(spec.mlstm(), worker).run(head.mlstm, mlstm, HeadState.of(out, 5, row, index));
        var shares = head.outputGate();
        worker.store(shares, 0, 1, out.get(1).at(row, index));
        head.fuse(shares, mlstm, head.part(out.get(2), index), head.part(out.get(0), index));
    }
}
