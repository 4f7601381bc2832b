package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.List;
import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;

/**
 * A decoding step: copies the caches, writes one row into each, and reads the visible slots of the copies once, for
 * all query heads of a key-value head together.
 */
public record CpuAttentionStep(AttentionSpec spec, RingBuffer ring) {
    /** Floats copied in one job. */
    private static final int COPY = 1 << 14;

    /**
     * Computes one step of every sequence.
     *
     * @param in  query, key, value, keys, values and positions, as {@link Attention#step} has them
     * @param out output, keys and values
     */
    public void run(List<Floats> in, List<Floats> out, Worker caller) {
        int batch = in.get(0).size(0);
        var positions = caller.floats(batch);
        caller.load(in.get(5).address(), positions, 0, batch);
        update(in.get(3), in.get(1), positions, out.get(1));
        update(in.get(4), in.get(2), positions, out.get(2));
        Workers.forEach(batch * spec.keyValueHeads(), (index, worker) -> attend(index / spec.keyValueHeads(),
                index % spec.keyValueHeads(), (int) positions[index / spec.keyValueHeads()], in.get(0), out, worker));
    }

    /** Writes the cache with every sequence's entry in its slot. */
    private void update(Floats cache, Floats entries, float[] positions, Floats updated) {
        int width = cache.size(2);
        int height = Math.max(1, COPY / width);
        int jobs = (ring.slots() + height - 1) / height;
        Workers.forEach(cache.size(0) * jobs, (index, worker) -> {
            int row = index / jobs;
            int from = index % jobs * height;
            int rows = Math.min(height, ring.slots() - from);
            var old = cache.rowsOf(row, 0);
            var target = updated.rowsOf(row, 0);
            if (old.stride() == width && target.stride() == width) {
                worker.copy(old.at(from), target.at(from), (long) rows * width);
            } else {
                for (int slot = from; slot < from + rows; slot++) {
                    worker.copy(old.at(slot), target.at(slot), width);
                }
            }
            int written = ring.slot((int) positions[row]);
            if (written >= from && written < from + rows) {
                worker.copy(entries.at(row), target.at(written), width);
            }
        });
    }

    private void attend(int row, int shared, int position, Floats queries, List<Floats> out, Worker worker) {
        int group = spec.groupHeads();
        int slots = Math.min(position + 1, ring.slots());
        var keys = out.get(1).rowsOf(row, (long) shared * spec.headDim());
        var values = out.get(2).rowsOf(row, (long) shared * spec.valueDim());
        long query = queries.at(row) + (long) Float.BYTES * shared * group * spec.headDim();
        long output = out.get(0).at(row) + (long) Float.BYTES * shared * group * spec.valueDim();
        long scores = worker.memory(group * slots);
        worker.blas().gemm(N, T, group, slots, spec.headDim(), (float) spec.scale(), query, spec.headDim(),
                keys.address(), keys.stride(), 0, scores, slots);
        var weights = worker.floats(group * slots);
        worker.load(scores, weights, 0, group * slots);
        for (int i = 0; i < group; i++) {
            softmax(weights, i * slots, slots, worker);
        }
        worker.store(weights, 0, group * slots, scores);
        worker.blas().gemm(N, N, group, spec.valueDim(), slots, 1, scores, slots, values.address(), values.stride(),
                0, output, spec.valueDim());
    }

    private static void softmax(float[] x, int from, int length, Worker worker) {
        float largest = Vectors.max(x, from, length);
        for (int i = 0; i < length; i++) {
            x[from + i] -= largest;
        }
        worker.exp().inPlace(x, from, length);
        Vectors.scale(1 / Vectors.sum(x, from, length), x, from, x, from, length);
    }
}
