package org.xlstm4j.ops.cuda;

/** A call of CUDA's that failed: what was called, with what shapes, and CUDA's code. */
public final class CudaException extends RuntimeException {

    CudaException(String message) {
        super(message);
    }
}
