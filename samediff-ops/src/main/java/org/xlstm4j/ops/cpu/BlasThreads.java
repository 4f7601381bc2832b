package org.xlstm4j.ops.cpu;

import static org.bytedeco.openblas.global.openblas_nolapack.blas_get_num_threads;
import static org.bytedeco.openblas.global.openblas_nolapack.blas_set_num_threads;

/**
 * Keeps OpenBLAS on the calling threads while kernels run: they spread their work over {@link Workers} themselves, and
 * threads of OpenBLAS's own beside these cost many times what they bring. Outside of kernels OpenBLAS has the threads
 * that it had before. Setting their number takes as long as a short kernel: what runs many kernels does so within one
 * {@link #run}.
 */
public final class BlasThreads {
    private static int running;
    private static int before;

    private BlasThreads() {
    }

    /** Runs kernels. */
    public static void run(Runnable kernels) {
        enter();
        try {
            kernels.run();
        } finally {
            exit();
        }
    }

    private static synchronized void enter() {
        if (running++ == 0) {
            before = blas_get_num_threads();
            if (before != 1) {
                blas_set_num_threads(1);
            }
        }
    }

    private static synchronized void exit() {
        if (--running == 0 && before != 1) {
            blas_set_num_threads(before);
        }
    }
}
