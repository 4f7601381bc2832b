package org.xlstm4j.ops.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.CblasNoTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasRowMajor;
import static org.bytedeco.openblas.global.openblas_nolapack.CblasTrans;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_saxpy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_scopy;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sdot;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemm;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sgemv;
import static org.bytedeco.openblas.global.openblas_nolapack.cblas_sger;

/**
 * Products of row-major float32 matrices in native memory, given by address and row stride, through the OpenBLAS that
 * nd4j-native brings. Small products run on the calling thread alone.
 */
public final class Blas {
    /** Whether a factor is transposed. */
    public enum Transpose {
        /** As it lies. */
        N,
        /** Transposed. */
        T;

        private int code() {
            return this == N ? CblasNoTrans : CblasTrans;
        }
    }

    private final Address a = new Address();
    private final Address b = new Address();
    private final Address c = new Address();

    Blas() {
    }

    /**
     * C = alpha · op(A) · op(B) + beta · C.
     *
     * @param m       rows of C and op(A)
     * @param n       columns of C and op(B)
     * @param k       columns of op(A), rows of op(B)
     * @param strideA floats between the rows of A as it lies
     */
    public void gemm(Transpose transA, Transpose transB, int m, int n, int k, float alpha, long addressA, long strideA,
                     long addressB, long strideB, float beta, long addressC, long strideC) {
        cblas_sgemm(CblasRowMajor, transA.code(), transB.code(), m, n, k, alpha, a.at(addressA), (int) strideA,
                b.at(addressB), (int) strideB, beta, c.at(addressC), (int) strideC);
    }

    /** y = alpha · op(A) · x + beta · y, with A of {@code rows} × {@code columns} as it lies and dense vectors. */
    public void gemv(Transpose transA, int rows, int columns, float alpha, long addressA, long strideA, long x,
                     float beta, long y) {
        cblas_sgemv(CblasRowMajor, transA.code(), rows, columns, alpha, a.at(addressA), (int) strideA, b.at(x), 1,
                beta, c.at(y), 1);
    }

    /** Copies rows; of short ones, faster than by way of the heap. */
    public void copy(int rows, int width, long from, long strideFrom, long to, long strideTo) {
        for (int row = 0; row < rows; row++) {
            cblas_scopy(width, a.at(from + Float.BYTES * strideFrom * row), 1,
                    b.at(to + Float.BYTES * strideTo * row), 1);
        }
    }

    /** Adds rows to others. */
    public void add(int rows, int width, long from, long strideFrom, long to, long strideTo) {
        for (int row = 0; row < rows; row++) {
            cblas_saxpy(width, 1, a.at(from + Float.BYTES * strideFrom * row), 1,
                    b.at(to + Float.BYTES * strideTo * row), 1);
        }
    }

    /** x · y, of dense vectors. */
    public float dot(int length, long x, long y) {
        return cblas_sdot(length, a.at(x), 1, b.at(y), 1);
    }

    /** A += alpha · x ⊗ y, with A of {@code rows} × {@code columns}. */
    public void ger(int rows, int columns, float alpha, long x, long y, long addressA, long strideA) {
        cblas_sger(CblasRowMajor, rows, columns, alpha, a.at(x), 1, b.at(y), 1, c.at(addressA), (int) strideA);
    }
}
