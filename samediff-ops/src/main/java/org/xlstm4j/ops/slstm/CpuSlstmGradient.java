package org.xlstm4j.ops.slstm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.cpu.Blas.Transpose;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Product;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * The gradient of the fused sLSTM over the arrays of {@link SlstmGradientOp}. The hidden states are known, so the
 * pre-activations of all steps are one product; from these each head of each row of the batch goes through its memories
 * once more, and then back. The weights' gradients are products over all rows at the end.
 */
final class CpuSlstmGradient {
    private static final int GATES = SlstmInputs.GATES;

    private final SlstmArguments arguments;
    private final SlstmSpec spec;
    private final List<Floats> in;
    private final List<Floats> out;
    private final Floats hidden;
    private final List<Floats> upstream;
    private final int width;
    private final int rows;
    private final Rows before;
    private final Rows gradients;

    /**
     * @param in  the op's inputs
     * @param out gradients by the inputs in their order, null where one is not wanted
     */
    CpuSlstmGradient(SlstmArguments arguments, List<Floats> in, List<Floats> out, Worker caller) {
        this.arguments = arguments;
        this.spec = arguments.spec();
        this.in = in;
        this.out = out;
        this.width = spec.headDim();
        this.rows = in.get(0).size(0);
        int known = arguments.maskIndex() + (arguments.mask() ? 1 : 0);
        this.hidden = in.get(known);
        this.upstream = in.subList(known + 1, in.size());
        this.before = new Rows(caller.memory(rows * spec.width()), spec.width());
        this.gradients = out.get(0) != null ? out.get(0).rows(0, 0)
                : new Rows(caller.memory(rows * GATES * spec.width()), (long) GATES * spec.width());
    }

    void run() {
        Workers.forEach(rows / spec.time(), this::shift);
        CpuSlstm.forEachHead(spec, in, this::head);
        if (out.get(1) != null) {
            weightGradients();
        }
    }

    /** Puts before every step of a row the hidden state that it read. */
    private void shift(int row, Worker worker) {
        long first = (long) row * spec.time();
        var present = present(row, worker);
        long size = spec.width();
        if (arguments.initialState()) {
            worker.copy(in.get(4).at(row), before.at(first), size);
        } else {
            worker.clear(before.at(first), size);
        }
        for (int t = 1; t < spec.time(); t++) {
            boolean absent = CpuSlstm.isAbsent(present, t - 1);
            worker.copy(absent ? before.at(first + t - 1) : hidden.at(first + t - 1), before.at(first + t), size);
        }
    }

    private float[] present(int row, Worker worker) {
        return CpuSlstm.present(arguments, in, row, worker);
    }

    private void head(int row, int head, Worker worker) {
        int time = spec.time();
        int all = GATES * width;
        long first = (long) row * time;
        var present = present(row, worker);
        long weights = CpuSlstm.weights(spec, in.get(1), head, worker);
        var sums = new Rows(worker.memory(time * all), all);
        gather(in.get(0).rows(first, (long) head * width), sums, worker);
        worker.blas().gemm(Transpose.N, Transpose.T, time, all, width, 1, before.at(first, (long) head * width),
                before.stride(), weights, width, 1, sums.address(), all);
        var gates = worker.floats(time * all);
        worker.load(sums.address(), gates, 0, time * all);
        var units = new SlstmUnits(spec, worker);
        if (arguments.initialState()) {
            units.load(in.get(2), in.get(3), in.get(5), row, head);
        }
        var tape = new SlstmTape(spec, worker);
        tape.record(units, gates, present);
        back(tape, gates, present, row, head, weights, sums, worker);
        scatter(sums, gradients.from(first, (long) head * width), worker);
    }

    /** Goes back from the last step to the first, and turns pre-activations into their gradients. */
    private void back(SlstmTape tape, float[] gates, float[] present, int row, int head, long weights, Rows sums,
                      Worker worker) {
        int all = GATES * width;
        var dCell = ofState(1, row, head, worker);
        var dNormalizer = ofState(2, row, head, worker);
        var dHidden = ofState(3, row, head, worker);
        var arriving = upstream.get(0).rows((long) row * spec.time(), (long) head * width);
        var ofStep = worker.floats(width);
        long carried = worker.memory(width);
        for (int t = spec.time() - 1; t >= 0; t--) {
            if (CpuSlstm.isAbsent(present, t)) {
                worker.clear(sums.at(t), all);
                continue;
            }
            worker.load(arriving.at(t), ofStep, 0, width);
            Vectors.addScaled(1, ofStep, 0, dHidden, 0, width);
            tape.differentiate(t, dHidden, dCell, dNormalizer, gates);
            worker.store(gates, t * all, all, sums.at(t));
            worker.blas().gemv(Transpose.T, all, width, 1, weights, width, sums.at(t), 0, carried);
            worker.load(carried, dHidden, 0, width);
        }
        if (arguments.initialState()) {
            store(dCell, 2, row, head, worker);
            store(dNormalizer, 3, row, head, worker);
            store(dHidden, 4, row, head, worker);
        }
    }

    /** The gradient that arrives at a part of a head's final state. */
    private float[] ofState(int index, int row, int head, Worker worker) {
        var gradient = worker.floats(width);
        if (arguments.finalState()) {
            worker.load(upstream.get(index).at(row, head), gradient, 0, width);
        } else {
            Arrays.fill(gradient, 0, width, 0);
        }
        return gradient;
    }

    private void store(float[] gradient, int index, int row, int head, Worker worker) {
        if (out.get(index) != null) {
            worker.store(gradient, 0, width, out.get(index).at(row, head));
        }
    }

    /** The pre-activations of one head side by side, from where those of all heads lie by gate. */
    private void gather(Rows from, Rows to, Worker worker) {
        for (int gate = 0; gate < GATES; gate++) {
            worker.blas().copy(spec.time(), width, from.at(0, (long) gate * spec.width()), from.stride(),
                    to.at(0, (long) gate * width), to.stride());
        }
    }

    private void scatter(Rows from, Rows to, Worker worker) {
        for (int gate = 0; gate < GATES; gate++) {
            worker.blas().copy(spec.time(), width, from.at(0, (long) gate * width), from.stride(),
                    to.at(0, (long) gate * spec.width()), to.stride());
        }
    }

    private void weightGradients() {
        var products = new ArrayList<Product>();
        for (int gate = 0; gate < GATES; gate++) {
            for (int head = 0; head < spec.heads(); head++) {
                products.add(new Product(width, width, rows, Transpose.T,
                        gradients.from(0, ((long) gate * spec.heads() + head) * width), Transpose.N,
                        before.from(0, (long) head * width), 0, new Rows(out.get(1).at(gate, head), width)));
            }
        }
        Product.run(products.toArray(Product[]::new));
    }
}
