package org.xlstm4j.bench;

import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.Pointer;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;
import org.xlstm4j.ops.cpu.Workers;

/**
 * What this machine reaches with all threads of {@link Workers}, to measure operators by.
 *
 * @param threads        how many they are
 * @param flopsPerSecond of ND4J's product of two float32 matrices of 1024 × 1024, a block of rows a thread
 * @param bytesPerSecond of copying an array far larger than the caches, bytes read and bytes written
 */
public record Machine(int threads, double flopsPerSecond, double bytesPerSecond) {
    private static final int SIZE = 1024;
    private static final long COPIED = 128L << 20;
    private static final long COPY_BLOCK = 1L << 20;

    /** Measures it. */
    static Machine measure(Effort effort) {
        return new Machine(Workers.threads(), gemm(effort), copy(effort));
    }

    private static double gemm(Effort effort) {
        int blocks = Math.min(Workers.threads(), SIZE);
        var a = Nd4j.rand(DataType.FLOAT, SIZE, SIZE);
        var b = Nd4j.rand(DataType.FLOAT, SIZE, SIZE);
        var rows = new INDArray[blocks];
        var products = new INDArray[blocks];
        for (int i = 0; i < blocks; i++) {
            rows[i] = a.get(NDArrayIndex.interval(SIZE * i / blocks, SIZE * (i + 1) / blocks), NDArrayIndex.all())
                    .dup('c');
            products[i] = Nd4j.create(DataType.FLOAT, new long[] {rows[i].size(0), SIZE}, 'f');
        }
        var timing = CallBenchmark.time(() -> {
            Workers.forEach(blocks, (i, worker) -> rows[i].mmuli(b, products[i]));
            return products;
        }, effort);
        return timing.rate(2.0 * SIZE * SIZE * SIZE);
    }

    private static double copy(Effort effort) {
        try (var from = new FloatPointer(COPIED / Float.BYTES); var to = new FloatPointer(COPIED / Float.BYTES)) {
            Pointer.memset(from, 0, COPIED);
            var timing = CallBenchmark.time(() -> {
                Workers.forEach((int) (COPIED / COPY_BLOCK), (i, worker) -> {
                    long block = i * COPY_BLOCK / Float.BYTES;
                    Pointer.memcpy(to.getPointer(block), from.getPointer(block), COPY_BLOCK);
                });
                return to;
            }, effort);
            return timing.rate(2.0 * COPIED);
        }
    }
}
