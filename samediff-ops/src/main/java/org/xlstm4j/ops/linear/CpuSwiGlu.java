package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.function.BiConsumer;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Product;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * SwiGLU's forward pass, some hundred rows at a time: g = x · W_gateᵀ and u = x · W_upᵀ in tiles, each at once turned
 * into h = silu(g) ⊙ u while it is in cache, then y = h · W_downᵀ. g and u are written once, for the backward pass; h
 * exists for these rows alone.
 */
final class CpuSwiGlu {
    /** Rows at a time: the weights are read once for so many. */
    static final int GROUP = 512;

    private CpuSwiGlu() {
    }

    /** A part of the rows at hand and of their intermediate features. */
    record Tile(int row, int column, int height, int width) {
        private static final int SIZE = 256;

        /** Spreads the tiles over the threads. */
        static void forEach(int rows, int columns, BiConsumer<Tile, Worker> job) {
            int across = (columns + SIZE - 1) / SIZE;
            Workers.forEach((rows + SIZE - 1) / SIZE * across, (index, worker) -> {
                int row = index / across * SIZE;
                int column = index % across * SIZE;
                job.accept(new Tile(row, column, Math.min(SIZE, rows - row), Math.min(SIZE, columns - column)),
                        worker);
            });
        }

        /** This part of the rows. */
        Rows of(Rows rows) {
            return rows.from(row, column);
        }
    }

    static void forward(Floats x, Floats gate, Floats up, Floats down, Floats y, Floats gates, Floats ups,
                        Worker caller) {
        int rows = x.size(0);
        int hidden = x.size(1);
        int inner = gate.size(0);
        int group = Math.min(GROUP, rows);
        var h = new Rows(caller.memory(group * inner), inner);
        for (int start = 0; start < rows; start += group) {
            int first = start;
            int count = Math.min(group, rows - first);
            Tile.forEach(count, inner, (tile, worker) -> {
                var from = x.rows(first + tile.row(), 0);
                var g = tile.of(gates.rows(first, 0));
                var u = tile.of(ups.rows(first, 0));
                new Product(tile.height(), tile.width(), hidden, N, from, T, gate.rows(tile.column(), 0), 0, g)
                        .on(worker);
                new Product(tile.height(), tile.width(), hidden, N, from, T, up.rows(tile.column(), 0), 0, u)
                        .on(worker);
                open(g, u, tile.of(h), tile.height(), tile.width(), worker);
            });
            Product.run(new Product(count, y.size(1), inner, N, h, T, down.rows(0, 0), 0, y.rows(first, 0)));
        }
    }

    /** h = silu(g) ⊙ u. */
    private static void open(Rows g, Rows u, Rows h, int height, int width, Worker worker) {
        var gate = worker.floats(width);
        var up = worker.floats(width);
        var sigmoid = worker.floats(width);
        for (int row = 0; row < height; row++) {
            worker.load(g.at(row), gate, 0, width);
            worker.load(u.at(row), up, 0, width);
            sigmoid(gate, sigmoid, width, worker);
            for (int j = 0; j < width; j++) {
                up[j] *= gate[j] * sigmoid[j];
            }
            worker.store(up, 0, width, h.at(row));
        }
    }

    /** y = 1 / (1 + e^−x); where e^−x would overflow, y is 0 to all intents and purposes. */
    static void sigmoid(float[] x, float[] y, int length, Worker worker) {
        for (int i = 0; i < length; i++) {
            y[i] = Math.min(-x[i], 88f);
        }
        worker.exp().inPlace(y, 0, length);
        for (int i = 0; i < length; i++) {
            y[i] = 1 / (1 + y[i]);
        }
    }
}
