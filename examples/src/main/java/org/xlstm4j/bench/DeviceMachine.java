package org.xlstm4j.bench;

import java.util.List;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.factory.Nd4j;
import org.xlstm4j.ops.Precision;
import org.xlstm4j.ops.cuda.CudaBlas.Matrix;
import org.xlstm4j.ops.cuda.CudaCall;
import org.xlstm4j.ops.cuda.DeviceTimer;

/**
 * What a GPU reaches, to measure operators by.
 *
 * @param bfloat16FlopsPerSecond of cuBLAS's product of two random 4096 × 4096 matrices in bfloat16
 * @param tf32FlopsPerSecond     the same in float32, factors rounded to TF32
 * @param bytesPerSecond         of a copy far larger than the caches, bytes read and bytes written
 */
public record DeviceMachine(double bfloat16FlopsPerSecond, double tf32FlopsPerSecond, double bytesPerSecond) {
    private static final int SIZE = 4096;
    private static final long COPIED_FLOATS = 1L << 29;
    private static final int REPEATS = 20;

    /** Measures it. */
    public static DeviceMachine measure() {
        return new DeviceMachine(product(DataType.BFLOAT16), product(DataType.FLOAT), copy());
    }

    private static double product(DataType type) {
        var factor = new GraphInputs(type).random(type, SIZE, SIZE);
        var product = Nd4j.create(type, SIZE, SIZE);
        double millis = median(() -> CudaCall.run(List.of(factor), List.of(product), (in, out, gpu) -> {
            for (int i = 0; i < REPEATS; i++) {
                var matrix = Matrix.of(in.get(0));
                gpu.blas().multiply(SIZE, SIZE, SIZE, matrix, matrix.transpose(), Precision.TF32, 0,
                        Matrix.of(out.get(0)));
            }
        }));
        return 2.0 * SIZE * SIZE * SIZE * REPEATS / (millis / 1e3);
    }

    private static double copy() {
        double millis = median(() -> CudaCall.run(List.of(), List.of(), (in, out, gpu) -> {
            var from = gpu.scratch(DataType.FLOAT, COPIED_FLOATS);
            var to = gpu.scratch(DataType.FLOAT, COPIED_FLOATS);
            for (int i = 0; i < REPEATS; i++) {
                gpu.copy(from, to);
            }
        }));
        return 2.0 * Float.BYTES * COPIED_FLOATS * REPEATS / (millis / 1e3);
    }

    private static double median(Runnable work) {
        var millis = new double[7];
        work.run();
        for (int i = 0; i < millis.length; i++) {
            millis[i] = DeviceTimer.millis(work);
        }
        return Timing.of(millis).median();
    }
}
