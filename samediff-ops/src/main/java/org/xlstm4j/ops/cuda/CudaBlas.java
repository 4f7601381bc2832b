package org.xlstm4j.ops.cuda;

import org.bytedeco.cuda.cublas.cublasContext;
import org.bytedeco.cuda.cudart.CUstream_st;
import org.bytedeco.cuda.global.cublas;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.ops.Precision;

/**
 * Products of matrices by cuBLAS, on ND4J's stream. The handle is the thread's own: ND4J has one a GPU, whose stream
 * and workspace threads would take from each other. Matrices lie in row order; cuBLAS takes them as their transposes in
 * column order, so that Cᵀ = Bᵀ Aᵀ.
 */
public final class CudaBlas {
    /** CUBLAS_COMPUTE_32F and those whose factors are rounded: constants, for the presets of CUDA 11.2 are like that. */
    private static final int FLOAT32 = 68;
    private static final int FAST_FLOAT16 = 74;
    private static final int FAST_BFLOAT16 = 75;
    private static final int FAST_TF32 = 77;
    private static final int DEFAULT_ALGORITHM = -1;

    private final cublasContext handle = new cublasContext();
    private final FloatPointer alpha = new FloatPointer(1);
    private final FloatPointer beta = new FloatPointer(1);

    CudaBlas(CUstream_st stream) {
        check(cublas.cublasCreate_v2(handle), "cublasCreate");
        use(stream);
    }

    /** Multiplies on this stream from now on. */
    void use(CUstream_st stream) {
        check(cublas.cublasSetStream_v2(handle, stream), "cublasSetStream");
    }

    /**
     * A matrix in row order, or a batch of them.
     *
     * @param array       where it lies
     * @param offset      elements before its first
     * @param stride      elements from row to row
     * @param batchStride elements from matrix to matrix
     * @param transposed  whether its transpose is meant
     */
    public record Matrix(DeviceArray array, long offset, int stride, long batchStride, boolean transposed) {

        /** All of an array of two axes. */
        public static Matrix of(DeviceArray array) {
            return new Matrix(array, 0, array.size(1), 0, false);
        }

        /** Matrices with the given strides, from an element on. */
        public static Matrix of(DeviceArray array, long offset, int stride, long batchStride) {
            return new Matrix(array, offset, stride, batchStride, false);
        }

        /** Its transpose. */
        public Matrix transpose() {
            return new Matrix(array, offset, stride, batchStride, !transposed);
        }

        private Pointer pointer() {
            return new Address(array.address() + offset * array.type().width());
        }

        private int operation() {
            return transposed ? cublas.CUBLAS_OP_T : cublas.CUBLAS_OP_N;
        }

        private int dataType() {
            return switch (array.type()) {
                case FLOAT -> 0;
                case HALF -> 2;
                case BFLOAT16 -> 14;
                default -> throw new IllegalArgumentException("cuBLAS multiplies no matrices of " + array.type());
            };
        }
    }

    /**
     * C = A B + β C.
     *
     * @param rows      of C and A
     * @param columns   of C and B
     * @param depth     columns of A, rows of B
     * @param a         of the type of B
     * @param precision of float32 factors
     * @param scale     β
     */
    public void multiply(int rows, int columns, int depth, Matrix a, Matrix b, Precision precision, float scale,
                         Matrix c) {
        multiply(1, rows, columns, depth, a, b, precision, scale, c);
    }

    /** The same for a batch of matrices each. */
    public void multiply(int batch, int rows, int columns, int depth, Matrix a, Matrix b, Precision precision,
                         float scale, Matrix c) {
        alpha.put(1);
        beta.put(scale);
        int compute = computeType(a.array().type(), precision);
        int code = batch == 1
                ? cublas.cublasGemmEx(handle, b.operation(), a.operation(), columns, rows, depth, alpha,
                        b.pointer(), b.dataType(), b.stride(), a.pointer(), a.dataType(), a.stride(), beta,
                        c.pointer(), c.dataType(), c.stride(), compute, DEFAULT_ALGORITHM)
                : cublas.cublasGemmStridedBatchedEx(handle, b.operation(), a.operation(), columns, rows, depth, alpha,
                        b.pointer(), b.dataType(), b.stride(), b.batchStride(), a.pointer(), a.dataType(), a.stride(),
                        a.batchStride(), beta, c.pointer(), c.dataType(), c.stride(), c.batchStride(), batch, compute,
                        DEFAULT_ALGORITHM);
        if (code != 0) {
            check(code, "cuBLAS: " + batch + " products [" + rows + ", " + depth + "] · [" + depth + ", " + columns
                    + "] of " + a + " and " + b + " to " + c);
        }
    }

    private static int computeType(DataType type, Precision precision) {
        if (type != DataType.FLOAT) {
            return FLOAT32;
        }
        return switch (precision) {
            case FLOAT32 -> FLOAT32;
            case TF32 -> FAST_TF32;
            case BFLOAT16 -> FAST_BFLOAT16;
            case FLOAT16 -> FAST_FLOAT16;
        };
    }

    private static void check(int code, String call) {
        if (code != 0) {
            throw new CudaException(call + " failed with cuBLAS status " + code);
        }
    }
}
