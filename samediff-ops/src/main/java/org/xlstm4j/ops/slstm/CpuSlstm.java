package org.xlstm4j.ops.slstm;

import java.util.List;
import org.xlstm4j.ops.cpu.Blas.Transpose;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The fused sLSTM over the arrays of {@link SlstmOp}: a job a head and row of the batch, whose weights stay in cache
 * from step to step. Gates are read and hidden states written once; nothing else is kept.
 */
final class CpuSlstm {
    private final SlstmArguments arguments;
    private final SlstmSpec spec;
    private final List<Floats> in;
    private final List<Floats> out;
    private final int width;

    private CpuSlstm(SlstmArguments arguments, List<Floats> in, List<Floats> out) {
        this.arguments = arguments;
        this.spec = arguments.spec();
        this.in = in;
        this.out = out;
        this.width = spec.headDim();
    }

    static void forward(SlstmArguments arguments, List<Floats> in, List<Floats> out) {
        var pass = new CpuSlstm(arguments, in, out);
        forEachHead(arguments.spec(), in, pass::head);
    }

    /** What is done for one head of one row of the batch. */
    interface HeadJob {
        void run(int row, int head, Worker worker);
    }

    static void forEachHead(SlstmSpec spec, List<Floats> in, HeadJob job) {
        int batch = in.get(0).size(0) / spec.time();
        Workers.forEach(batch * spec.heads(), (index, worker) ->
                job.run(index / spec.heads(), index % spec.heads(), worker));
    }

    /** The weights of a head, [4 · headDim, headDim], which lie apart. */
    static long weights(SlstmSpec spec, Floats recurrent, int head, Worker worker) {
        int size = spec.headDim() * spec.headDim();
        long weights = worker.memory(SlstmInputs.GATES * size);
        for (int gate = 0; gate < SlstmInputs.GATES; gate++) {
            worker.copy(recurrent.at(gate, head), weights + (long) Float.BYTES * gate * size, size);
        }
        return weights;
    }

    /** Which steps of a row are present; null where all are. */
    static float[] present(SlstmArguments arguments, List<Floats> in, int row, Worker worker) {
        if (!arguments.mask()) {
            return null;
        }
        var present = worker.floats(arguments.spec().time());
        worker.load(in.get(arguments.maskIndex()).at(row), present, 0, arguments.spec().time());
        return present;
    }

    static boolean isAbsent(float[] present, int step) {
        return present != null && present[step] == 0;
    }

    private void head(int row, int head, Worker worker) {
        var units = new SlstmUnits(spec, worker);
        long hidden;
        if (arguments.initialState()) {
            units.load(in.get(2), in.get(3), in.get(5), row, head);
            hidden = in.get(4).at(row, head);
        } else {
            hidden = worker.memory(width);
            worker.clear(hidden, width);
        }
        hidden = steps(units, row, head, hidden, worker);
        if (arguments.finalState()) {
            units.store(out.get(1), out.get(2), out.get(4), row, head);
            worker.copy(hidden, out.get(3).at(row, head), width);
        }
    }

    /** Runs the steps of a sequence; where the last hidden state lies. */
    private long steps(SlstmUnits units, int row, int head, long before, Worker worker) {
        long first = (long) row * spec.time();
        var from = in.get(0).rows(first, (long) head * width);
        var to = out.get(0).rows(first, (long) head * width);
        var present = present(arguments, in, row, worker);
        long weights = weights(spec, in.get(1), head, worker);
        long sums = worker.memory(SlstmInputs.GATES * width);
        var gates = worker.floats(SlstmInputs.GATES * width);
        var read = worker.floats(width);
        long hidden = before;
        for (int t = 0; t < spec.time(); t++) {
            if (isAbsent(present, t)) {
                worker.clear(to.at(t), width);
                continue;
            }
            worker.blas().copy(SlstmInputs.GATES, width, from.at(t), spec.width(), sums, width);
            worker.blas().gemv(Transpose.N, SlstmInputs.GATES * width, width, 1, weights, width, hidden, 1, sums);
            worker.load(sums, gates, 0, SlstmInputs.GATES * width);
            units.step(gates, 0);
            units.read(read, 0);
            worker.store(read, 0, width, to.at(t));
            hidden = to.at(t);
        }
        return hidden;
    }
}
