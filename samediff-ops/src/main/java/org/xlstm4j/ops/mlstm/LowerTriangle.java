package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import org.xlstm4j.ops.cpu.Blas;

/**
 * Products of a chunk's steps with each other, of which those with later steps are not wanted: in two halves, so that a
 * quarter of the work falls away. Matrices are dense, n steps by {@code width}.
 */
record LowerTriangle(Blas blas, int n, int width) {
    /** Below, two products cost more than one. */
    private static final int SHORTEST = 96;

    /** Steps in the first half. */
    private int half() {
        return n < SHORTEST ? n : n / 2;
    }

    private long after(long address, long floats) {
        return address + Float.BYTES * floats;
    }

    /** A Bᵀ, [n, n], where it is not above the diagonal; what stands there is arbitrary. */
    void products(long a, long b, long to) {
        int half = half();
        blas.gemm(N, T, half, half, width, 1, a, width, b, width, 0, to, n);
        if (half < n) {
            blas.gemm(N, T, n - half, n, width, 1, after(a, (long) half * width), width, b, width, 0,
                    after(to, (long) half * n), n);
        }
    }

    /** P X + beta · what is there, for a lower triangle P. */
    void times(long p, long x, float beta, long to) {
        int half = half();
        blas.gemm(N, N, half, width, half, 1, p, n, x, width, beta, to, width);
        if (half < n) {
            blas.gemm(N, N, n - half, width, n, 1, after(p, (long) half * n), n, x, width, beta,
                    after(to, (long) half * width), width);
        }
    }

    /** Pᵀ X + beta · what is there, for a lower triangle P. */
    void transposedTimes(long p, long x, float beta, long to) {
        int half = half();
        blas.gemm(T, N, half, width, n, 1, p, n, x, width, beta, to, width);
        if (half < n) {
            blas.gemm(T, N, n - half, width, n - half, 1, after(p, (long) half * n + half), n,
                    after(x, (long) half * width), width, beta, after(to, (long) half * width), width);
        }
    }
}
