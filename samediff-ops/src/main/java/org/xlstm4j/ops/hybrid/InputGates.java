package org.xlstm4j.ops.hybrid;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * Pre-activations of a gate of all heads, g = W xᵀ + b, [heads, rows]: a head's steps lie side by side. With dg of the
 * same layout, dx = dgᵀ W, dW = dg x and db = Σ dg.
 */
record InputGates(Floats x, Floats weight, Floats bias) {
    private static final int ROWS = 256;
    private static final int COLUMNS = 64;

    /** Writes g, dense. */
    void forward(long gates) {
        int heads = weight.size(0);
        int rows = x.size(0);
        Workers.forEach(blocks(rows, ROWS), (block, worker) -> {
            int first = block * ROWS;
            int count = Math.min(ROWS, rows - first);
            long to = gates + (long) Float.BYTES * first;
            fill(to, heads, rows, count, worker);
            if (rows == 1) {
                worker.blas().gemv(N, heads, x.size(1), 1, weight.address(), stride(weight), x.address(), 1, to);
                return;
            }
            worker.blas().gemm(N, T, heads, count, x.size(1), 1, weight.address(), stride(weight), x.at(first),
                    x.rows(0, 0).stride(), 1, to, rows);
        });
    }

    private void fill(long to, int heads, int stride, int count, Worker worker) {
        var biases = worker.floats(heads);
        var row = worker.floats(count);
        worker.load(bias.address(), biases, 0, heads);
        for (int head = 0; head < heads; head++) {
            Arrays.fill(row, 0, count, biases[head]);
            worker.store(row, 0, count, to + (long) Float.BYTES * head * stride);
        }
    }

    /** Writes the gradients of weight and bias, and writes that of x, or adds it. */
    void backward(long dGates, Floats dx, boolean addToDx, Floats dWeight, Floats dBias) {
        int heads = weight.size(0);
        int rows = x.size(0);
        int width = x.size(1);
        Workers.forEach(blocks(rows, ROWS), (block, worker) -> {
            int first = block * ROWS;
            worker.blas().gemm(T, N, Math.min(ROWS, rows - first), width, heads, 1,
                    dGates + (long) Float.BYTES * first, rows, weight.address(), stride(weight), addToDx ? 1 : 0,
                    dx.at(first), dx.rows(0, 0).stride());
        });
        Workers.forEach(blocks(width, COLUMNS), (block, worker) -> {
            int first = block * COLUMNS;
            var columns = x.rows(0, first);
            var to = new Rows(dWeight.address() + (long) Float.BYTES * first, stride(dWeight));
            worker.blas().gemm(N, N, heads, Math.min(COLUMNS, width - first), rows, 1, dGates, rows,
                    columns.address(), columns.stride(), 0, to.address(), to.stride());
        });
        Workers.forEach(heads, (head, worker) -> {
            var steps = worker.floats(rows);
            worker.load(dGates + (long) Float.BYTES * head * rows, steps, 0, rows);
            steps[0] = Vectors.sum(steps, 0, rows);
            worker.store(steps, 0, 1, dBias.address() + (long) Float.BYTES * head);
        });
    }

    private static long stride(Floats matrix) {
        return matrix.rows(0, 0).stride();
    }

    private static int blocks(int length, int size) {
        return (length + size - 1) / size;
    }
}
