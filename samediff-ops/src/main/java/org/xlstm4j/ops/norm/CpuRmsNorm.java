package org.xlstm4j.ops.norm;

import static org.xlstm4j.ops.cpu.Vectors.dot;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * RMSNorm in blocks of rows. Forward reads x and writes y once, backward reads x and dy and writes dx once; nothing of
 * their size is kept between. With s = (mean(x²) + eps)^-1/2: dx = s w dy − x s³ mean(x w dy), dw = Σ s x dy. Where x
 * is a sum, its terms are read and it is written once, and its own gradient is added to dx while that is in cache.
 */
final class CpuRmsNorm {
    private static final int BLOCK = 32;

    private CpuRmsNorm() {
    }

    /** The norm of x, and the residual added to it where that is not null. */
    static void forward(Floats x, Floats weight, Floats residual, double eps, Floats y) {
        forward(x, null, weight, residual, eps, null, y);
    }

    /** The norm of sum = x + update. */
    static void forwardOfSum(Floats x, Floats update, Floats weight, double eps, Floats sum, Floats y) {
        forward(x, update, weight, null, eps, sum, y);
    }

    private static void forward(Floats x, Floats update, Floats weight, Floats residual, double eps, Floats sum,
                                Floats y) {
        int rows = x.size(0);
        int width = x.size(1);
        Workers.forEach(blocks(rows), (block, worker) -> {
            var w = weights(weight, worker);
            var row = worker.floats(width);
            var term = worker.floats(width);
            for (int r = block * BLOCK; r < Math.min(rows, (block + 1) * BLOCK); r++) {
                worker.load(x.at(r), row, 0, width);
                if (update != null) {
                    worker.load(update.at(r), term, 0, width);
                    add(term, row, width);
                    worker.store(row, 0, width, sum.at(r));
                }
                normalize(row, w, width, scale(row, width, eps));
                if (residual != null) {
                    worker.load(residual.at(r), term, 0, width);
                    add(term, row, width);
                }
                worker.store(row, 0, width, y.at(r));
            }
        });
    }

    private static void normalize(float[] x, float[] w, int width, float scale) {
        for (int j = 0; j < width; j++) {
            x[j] *= scale * w[j];
        }
    }

    /** @param dSum further gradient of x, null where there is none */
    static void backward(Floats x, Floats weight, Floats dy, Floats dSum, double eps, Floats dx, Floats dWeight,
                         Worker caller) {
        int rows = x.size(0);
        int width = x.size(1);
        int blocks = blocks(rows);
        long partial = caller.memory(blocks * width);
        Workers.forEach(blocks, (block, worker) -> {
            var w = weights(weight, worker);
            var row = worker.floats(width);
            var upstream = worker.floats(width);
            var sum = worker.floats(width);
            Arrays.fill(sum, 0, width, 0);
            for (int r = block * BLOCK; r < Math.min(rows, (block + 1) * BLOCK); r++) {
                worker.load(x.at(r), row, 0, width);
                worker.load(dy.at(r), upstream, 0, width);
                backwardRow(row, upstream, w, sum, width, scale(row, width, eps));
                if (dSum != null) {
                    worker.load(dSum.at(r), upstream, 0, width);
                    add(upstream, row, width);
                }
                worker.store(row, 0, width, dx.at(r));
            }
            worker.store(sum, 0, width, partial + (long) Float.BYTES * block * width);
        });
        sum(partial, blocks, width, dWeight, caller);
    }

    /** Replaces x by dx and adds to dWeight. */
    private static void backwardRow(float[] x, float[] dy, float[] w, float[] dWeight, int width, float scale) {
        for (int j = 0; j < width; j++) {
            dWeight[j] = Math.fma(scale * x[j], dy[j], dWeight[j]);
            dy[j] *= w[j];
        }
        float along = dot(x, 0, dy, 0, width) * scale * scale * scale / width;
        for (int j = 0; j < width; j++) {
            x[j] = scale * dy[j] - along * x[j];
        }
    }

    private static void sum(long partial, int blocks, int width, Floats dWeight, Worker worker) {
        var total = worker.floats(width);
        var part = worker.floats(width);
        Arrays.fill(total, 0, width, 0);
        for (int block = 0; block < blocks; block++) {
            worker.load(partial + (long) Float.BYTES * block * width, part, 0, width);
            add(part, total, width);
        }
        worker.store(total, 0, width, dWeight.address());
    }

    /** y += x. */
    private static void add(float[] x, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            y[i] += x[i];
        }
    }

    private static float[] weights(Floats weight, Worker worker) {
        var w = worker.floats(weight.size(0));
        worker.load(weight.address(), w, 0, weight.size(0));
        return w;
    }

    private static float scale(float[] x, int width, double eps) {
        return (float) (1 / Math.sqrt(dot(x, 0, x, 0, width) / (double) width + eps));
    }

    private static int blocks(int rows) {
        return (rows + BLOCK - 1) / BLOCK;
    }
}
