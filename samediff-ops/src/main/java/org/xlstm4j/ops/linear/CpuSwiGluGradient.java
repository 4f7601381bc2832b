package org.xlstm4j.ops.linear;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.ArrayList;
import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Product;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.linear.CpuSwiGlu.Tile;

/**
 * SwiGLU's backward pass, some hundred rows at a time. In tiles, dh = dy · W_down and at once, while it is in cache,
 * with s = sigmoid(g): h = g s ⊙ u, du = dh ⊙ g s, dg = dh ⊙ u ⊙ s (1 + g (1 − s)). Then dW_down += dyᵀ · h,
 * dW_gate += dgᵀ · x, dW_up += duᵀ · x and dx = dg · W_gate + du · W_up. h, dg and du exist for these rows alone;
 * outputs that are null are left out.
 */
record CpuSwiGluGradient(Floats x, Floats gate, Floats up, Floats down, Floats gates, Floats ups, Floats dy,
                         Floats dx, Floats dGate, Floats dUp, Floats dDown) {

    void run(Worker caller) {
        int rows = x.size(0);
        int group = Math.min(CpuSwiGlu.GROUP, rows);
        var h = scratch(group, caller);
        var dg = scratch(group, caller);
        var du = scratch(group, caller);
        for (int first = 0; first < rows; first += group) {
            int count = Math.min(group, rows - first);
            innerGradients(first, count, h, dg, du);
            products(first, count, h, dg, du);
        }
    }

    private Rows scratch(int rows, Worker worker) {
        int inner = gate.size(0);
        return new Rows(worker.memory(rows * inner), inner);
    }

    private void innerGradients(int first, int count, Rows h, Rows dg, Rows du) {
        Tile.forEach(count, gate.size(0), (tile, worker) -> {
            var to = tile.of(h);
            new Product(tile.height(), tile.width(), dy.size(1), N, dy.rows(first + tile.row(), 0),
                    N, down.rows(0, tile.column()), 0, to).on(worker);
            differentiate(tile.of(gates.rows(first, 0)), tile.of(ups.rows(first, 0)), to, tile.of(dg), tile.of(du),
                    tile.height(), tile.width(), worker);
        });
    }

    private void products(int first, int count, Rows h, Rows dg, Rows du) {
        int hidden = x.size(1);
        int inner = gate.size(0);
        int out = dy.size(1);
        float beta = first == 0 ? 0 : 1;
        var from = x.rows(first, 0);
        var sums = new ArrayList<List<Product>>();
        if (dx != null) {
            var to = dx.rows(first, 0);
            sums.add(List.of(new Product(count, hidden, inner, N, dg, N, gate.rows(0, 0), 0, to),
                    new Product(count, hidden, inner, N, du, N, up.rows(0, 0), 1, to)));
        }
        if (dGate != null) {
            sums.add(List.of(new Product(inner, hidden, count, T, dg, N, from, beta, dGate.rows(0, 0))));
        }
        if (dUp != null) {
            sums.add(List.of(new Product(inner, hidden, count, T, du, N, from, beta, dUp.rows(0, 0))));
        }
        if (dDown != null) {
            sums.add(List.of(new Product(out, inner, count, T, dy.rows(first, 0), N, h, beta, dDown.rows(0, 0))));
        }
        Product.runSums(sums);
    }

    /** Puts h in place of dh, and writes dg and du. */
    private static void differentiate(Rows gates, Rows ups, Rows h, Rows dg, Rows du, int height, int width,
                                      Worker worker) {
        var g = worker.floats(width);
        var u = worker.floats(width);
        var s = worker.floats(width);
        var d = worker.floats(width);
        for (int row = 0; row < height; row++) {
            worker.load(gates.at(row), g, 0, width);
            worker.load(ups.at(row), u, 0, width);
            worker.load(h.at(row), d, 0, width);
            CpuSwiGlu.sigmoid(g, s, width, worker);
            differentiate(g, u, s, d, width);
            worker.store(g, 0, width, dg.at(row));
            worker.store(u, 0, width, h.at(row));
            worker.store(d, 0, width, du.at(row));
        }
    }

    /** g becomes dg, u becomes h, d, which is dh, becomes du. */
    private static void differentiate(float[] g, float[] u, float[] s, float[] d, int width) {
        for (int j = 0; j < width; j++) {
            float silu = g[j] * s[j];
            float slope = s[j] + silu * (1 - s[j]);
            g[j] = d[j] * u[j] * slope;
            u[j] *= silu;
            d[j] *= silu;
        }
    }
}
