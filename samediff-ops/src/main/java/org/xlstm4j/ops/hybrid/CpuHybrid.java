package org.xlstm4j.ops.hybrid;

import java.util.List;
import org.xlstm4j.ops.attention.AttentionHead;
import org.xlstm4j.ops.attention.CpuAttention;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.mlstm.HeadState;
import org.xlstm4j.ops.mlstm.MlstmForward;

/**
 * The fused mixer, forward: a job a head and sequence computes features, mLSTM, window and gate while queries, keys
 * and values are in the cache. They are read three times and four arrays of their size are written, two of them for
 * the gradient; features exist in scratch memory alone.
 */
final class CpuHybrid {
    private final HybridSpec spec;
    private final Operands<Floats> in;
    private final Floats segments;
    private final boolean finalState;
    private final long gates;

    CpuHybrid(HybridArguments arguments, List<Floats> arrays, Worker caller) {
        spec = arguments.spec();
        in = Operands.of(arrays);
        segments = arguments.segments() ? arrays.get(arrays.size() - 1) : null;
        finalState = arguments.finalState();
        gates = inputGates(in, caller);
    }

    /** Pre-activations of the input gates, then of the forget gates: [2 · heads, batch · time]. */
    static long inputGates(Operands<Floats> in, Worker caller) {
        int count = in.inputGateWeight().size(0) * in.x().size(0);
        long gates = caller.memory(2 * count);
        new InputGates(in.x(), in.inputGateWeight(), in.inputGateBias()).forward(gates);
        new InputGates(in.x(), in.forgetGateWeight(), in.forgetGateBias())
                .forward(gates + (long) Float.BYTES * count);
        return gates;
    }

    /** @param out in the order of {@link HybridOp} */
    void forward(List<Floats> out) {
        int batch = in.query().size(0) / spec.time();
        Workers.forEach(batch * spec.heads(), (index, worker) ->
                head(index / spec.heads(), index % spec.heads(), out, worker));
    }

    private void head(int row, int index, List<Floats> out, Worker worker) {
        var head = new HybridHead(spec, in, segments, gates, row, index, worker);
        var mlstm = head.part(out.get(2), index);
        var window = head.part(out.get(3), index);
        new MlstmForward(spec.mlstm(), worker).run(head.mlstm, mlstm, out.get(5).at(row, index),
                finalState ? HeadState.of(out, HybridOp.KEPT, row, index) : null);
        new CpuAttention(spec.attention(), worker).forward(head.documentStarts,
                new AttentionHead(head.query, head.key, head.value, window, out.get(4).at(row, index)));
        var shares = head.outputGate();
        worker.store(shares, 0, spec.time(), out.get(1).at(row, index));
        head.fuse(shares, mlstm, window, head.part(out.get(0), index));
    }
}
