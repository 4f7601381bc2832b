package org.xlstm4j.ops.mlstm;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The fused chunkwise mLSTM over the arrays of {@link MlstmOp} and {@link MlstmGradientOp}: a job a head and row of the
 * batch. Inputs are read and outputs written once in either direction; between them stands nothing of O(time) but a
 * memory a chunk in the backward pass, in scratch memory.
 */
final class CpuMlstm {

    private CpuMlstm() {
    }

    static void forward(MlstmArguments arguments, List<Floats> in, List<Floats> out) {
        var spec = arguments.spec();
        var segments = arguments.segments() ? in.get(in.size() - 1) : null;
        forEachHead(spec, in, (row, head, worker) -> {
            var inputs = HeadInputs.of(arguments, in, row, head, segments, worker);
            var hidden = out.get(0).rows((long) row * spec.time(), (long) head * spec.valueDim());
            var last = arguments.finalState() ? HeadState.of(out, MlstmOp.LAST, row, head) : null;
            if (spec.time() == 1 && inputs.initial() != null && last != null) {
                var product = worker.floats(1);
                product[0] = new CpuMlstmStep(spec, worker).run(inputs, hidden, last);
                worker.store(product, 0, 1, out.get(1).at(row, head));
            } else {
                new MlstmForward(spec, worker).run(inputs, hidden, out.get(1).at(row, head), last);
            }
        });
    }

    static void backward(MlstmArguments arguments, List<Floats> in, List<Floats> out, Worker caller) {
        var spec = arguments.spec();
        int rows = in.get(0).size(0);
        // The gates' gradients by head, to be turned into rows at the end.
        long inputGate = caller.memory(rows * spec.heads());
        long forgetGate = caller.memory(rows * spec.heads());
        forEachHead(spec, in, (row, head, worker) -> {
            var gradients = head(arguments, in, out, row, head, worker);
            long at = (long) Float.BYTES * (row * spec.heads() + head) * spec.time();
            worker.store(gradients.inputGate(), 0, spec.time(), inputGate + at);
            worker.store(gradients.forgetGate(), 0, spec.time(), forgetGate + at);
        });
        Workers.forEach(rows / spec.time(), (row, worker) -> {
            turn(spec, row, inputGate, out.get(3), worker);
            turn(spec, row, forgetGate, out.get(4), worker);
        });
    }

    private static MlstmBackward.Gradients head(MlstmArguments arguments, List<Floats> in, List<Floats> out, int row,
                                                int head, Worker worker) {
        var spec = arguments.spec();
        int hidden = arguments.differentiable();
        var segments = arguments.segments() ? in.get(in.size() - 1) : null;
        long first = (long) row * spec.time();
        long keyColumn = (long) head * spec.keyDim();
        long valueColumn = (long) head * spec.valueDim();
        var upstream = new MlstmBackward.Upstream(in.get(hidden).rows(first, valueColumn),
                in.get(hidden + 2).rows(first, valueColumn),
                arguments.finalState() ? HeadState.of(in, hidden + 3, row, head) : null);
        var gradients = new MlstmBackward.Gradients(out.get(0).rows(first, keyColumn),
                out.get(1).rows(first, keyColumn), out.get(2).rows(first, valueColumn), false,
                worker.floats(spec.time()), worker.floats(spec.time()),
                arguments.initialState() ? HeadState.of(out, MlstmOp.GATED, row, head) : null);
        new MlstmBackward(spec, worker).run(HeadInputs.of(arguments, in, row, head, segments, worker), upstream,
                gradients);
        return gradients;
    }

    /** [heads, time] of a row of the batch to its rows of tokens, [time, heads]. */
    private static void turn(MlstmSpec spec, int row, long byHead, Floats to, Worker worker) {
        int heads = spec.heads();
        int time = spec.time();
        var from = worker.floats(heads * time);
        var turned = worker.floats(heads * time);
        worker.load(byHead + (long) Float.BYTES * row * heads * time, from, 0, heads * time);
        for (int head = 0; head < heads; head++) {
            for (int t = 0; t < time; t++) {
                turned[t * heads + head] = from[head * time + t];
            }
        }
        var rows = to.rows((long) row * time, 0);
        worker.storeRows(turned, time, heads, rows.address(), rows.stride());
    }

    private interface HeadJob {
        void run(int row, int head, Worker worker);
    }

    private static void forEachHead(MlstmSpec spec, List<Floats> in, HeadJob job) {
        int batch = in.get(0).size(0) / spec.time();
        Workers.forEach(batch * spec.heads(), (index, worker) ->
                job.run(index / spec.heads(), index % spec.heads(), worker));
    }
}
