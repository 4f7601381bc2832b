package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/** Softmax over a query's keys, tile by tile: sums are kept in terms of the largest score so far. */
final class AttentionForward extends AttentionTiles {
    private final float[] largest;
    private final float[] before;
    private final float[] sum;
    private final float[] block;
    /** Σ exp(score − largest) value of the block's queries, in native memory. */
    private final long weighted;
    private boolean isFirst;

    AttentionForward(AttentionSpec spec, Worker worker) {
        super(spec, worker);
        this.largest = worker.floats(QUERIES);
        this.before = worker.floats(QUERIES);
        this.sum = worker.floats(QUERIES);
        this.block = worker.floats(QUERIES * spec.valueDim());
        this.weighted = worker.memory(QUERIES * spec.valueDim());
    }

    @Override
    void begin() {
        Arrays.fill(largest, 0, queries, MASKED);
        Arrays.fill(sum, 0, queries, 0);
        isFirst = true;
    }

    @Override
    void take(int firstKey, int keys) {
        loadScores(firstKey, keys);
        System.arraycopy(largest, 0, before, 0, queries);
        columns.max(scores, keys, queries, largest);
        columns.subtract(largest, scores, keys, queries);
        exponentiate(firstKey, keys);
        if (!isFirst) {
            rescale();
        }
        columns.sum(scores, keys, queries, sum);
        worker.store(scores, 0, keys * queries, tile);
        worker.blas().gemm(T, N, queries, spec.valueDim(), keys, 1, tile, queries, head.value().at(firstKey),
                head.value().stride(), isFirst ? 0 : 1, weighted, spec.valueDim());
        isFirst = false;
    }

    /** Puts the sums in terms of the new largest scores. */
    private void rescale() {
        int width = spec.valueDim();
        Vectors.addScaled(-1, largest, 0, before, 0, queries);
        worker.exp().inPlace(before, 0, queries);
        worker.load(weighted, block, 0, queries * width);
        for (int i = 0; i < queries; i++) {
            if (before[i] != 1) {
                sum[i] *= before[i];
                scale(before[i], block, i * width, width);
            }
        }
        worker.store(block, 0, queries * width, weighted);
    }

    @Override
    void end() {
        int width = spec.valueDim();
        worker.load(weighted, block, 0, queries * width);
        for (int i = 0; i < queries; i++) {
            scale(1 / sum[i], block, i * width, width);
            largest[i] += (float) Math.log(sum[i]);
        }
        worker.storeRows(block, queries, width, head.output().at(firstQuery), head.output().stride());
        worker.store(largest, 0, queries, head.logSumExp() + (long) Float.BYTES * firstQuery);
    }

    private static void scale(float factor, float[] x, int from, int length) {
        for (int i = 0; i < length; i++) {
            x[from + i] *= factor;
        }
    }
}
