package org.xlstm4j.ops.cpu;

import java.util.Arrays;
import java.util.List;
import org.xlstm4j.ops.cpu.Blas.Transpose;

/**
 * C = op(A) · op(B) + beta · C, whole or in tiles that threads take one by one. A product of few rows, as in decoding,
 * reads B where it lies, a vector at a time: BLAS's general product would first copy it.
 *
 * @param m    rows of C and op(A)
 * @param n    columns of C and op(B)
 * @param k    columns of op(A), rows of op(B)
 * @param a    A as it lies
 * @param b    B as it lies
 * @param beta 0 for C = op(A) · op(B), whatever C holds, 1 to add to C
 */
public record Product(int m, int n, int k, Transpose transA, Rows a, Transpose transB, Rows b, float beta, Rows c) {
    private static final int TILE = 256;
    private static final int WIDE_TILE = 512;
    /** From here on there are enough wide tiles, a few percent faster each. */
    private static final int WIDE = 1024;
    private static final int FEW_ROWS = 8;
    /** From here on a dot product's call pays: it reads memory up to twice as fast as BLAS's matrix by vector. */
    private static final int LONG = 256;
    /** With few rows a tile is short, so that there is one for every core. */
    private static final int FEW_ROWS_TILE = 64;

    /** Computes products, none of which reads or writes what another writes, spread over the threads. */
    public static void run(Product... products) {
        runSums(Arrays.stream(products).map(List::of).toList());
    }

    /**
     * Computes sums of products, none of which reads or writes what another writes, spread over the threads. The
     * products of a sum are alike but for k, A and B; each tile of their C is written by the first of them, and the
     * others, whose beta is 1, add to it in their order.
     */
    public static void runSums(List<List<Product>> sums) {
        int tiles = sums.stream().mapToInt(sum -> sum.get(0).tiles()).sum();
        Workers.forEach(tiles, (index, worker) -> {
            int tile = index;
            int i = 0;
            while (tile >= sums.get(i).get(0).tiles()) {
                tile -= sums.get(i++).get(0).tiles();
            }
            for (var product : sums.get(i)) {
                product.tile(tile).on(worker);
            }
        });
    }

    /** Computes the whole product on one thread. */
    public void on(Worker worker) {
        var blas = worker.blas();
        if (!hasFewRows()) {
            blas.gemm(transA, transB, m, n, k, 1, a.address(), a.stride(), b.address(), b.stride(), beta,
                    c.address(), c.stride());
            return;
        }
        if (transB == Transpose.T && k >= LONG) {
            dots(worker);
            return;
        }
        for (int row = 0; row < m; row++) {
            if (transB == Transpose.T) {
                blas.gemv(Transpose.N, n, k, 1, b.address(), b.stride(), a.at(row), beta, c.at(row));
            } else {
                blas.gemv(Transpose.T, k, n, 1, b.address(), b.stride(), a.at(row), beta, c.at(row));
            }
        }
    }

    /** Number by number, each row of B read once and at once. */
    private void dots(Worker worker) {
        var to = worker.floats(m * n);
        if (beta == 0) {
            Arrays.fill(to, 0, m * n, 0);
        } else {
            worker.loadRows(c.address(), c.stride(), m, n, to);
        }
        for (int column = 0; column < n; column++) {
            for (int row = 0; row < m; row++) {
                to[row * n + column] += worker.blas().dot(k, a.at(row), b.at(column));
            }
        }
        worker.storeRows(to, m, n, c.address(), c.stride());
    }

    private boolean hasFewRows() {
        return m <= FEW_ROWS && transA == Transpose.N;
    }

    private int tileColumns() {
        if (hasFewRows()) {
            return transB == Transpose.T ? FEW_ROWS_TILE : TILE;
        }
        return n < WIDE ? TILE : WIDE_TILE;
    }

    private int tiles() {
        return ceil(m, TILE) * ceil(n, tileColumns());
    }

    private Product tile(int index) {
        int across = ceil(n, tileColumns());
        int row = index / across * TILE;
        int column = index % across * tileColumns();
        return new Product(Math.min(TILE, m - row), Math.min(tileColumns(), n - column), k,
                transA, transA == Transpose.N ? a.from(row, 0) : a.from(0, row),
                transB, transB == Transpose.N ? b.from(0, column) : b.from(column, 0),
                beta, c.from(row, column));
    }

    private static int ceil(int length, int part) {
        return (length + part - 1) / part;
    }
}
