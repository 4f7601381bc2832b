package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * One chunk of one head, as forward and backward pass need it: keys and queries with their weights of the
 * {@link ChunkPlan} multiplied in, their products, and the memory that comes out of the chunk. Rows are gathered
 * first: products of small dense matrices are a quarter faster than of strided ones.
 */
final class MlstmChunk {
    private final MlstmSpec spec;
    private final ChunkPlan plan;
    private final Worker worker;
    private final long sums;

    int first;
    int length;
    boolean fresh;
    float added;
    float kept;
    /** exp(m − A): what the memory before the chunk weighs for {@link #queries}. */
    float carried;
    /** K', exp(a_s − A) k_s, [length, keyDim], in native memory and on the heap. */
    long keys;
    final float[] keyValues;
    /** V, [length, valueDim]. */
    long values;
    /** Q', scale · exp(A − M_t) q_t, [length, keyDim], in native memory and on the heap. */
    final long queries;
    final float[] queryValues;
    /** P = Q' K'ᵀ, [length, length], zero above the diagonal, in native memory and on the heap. */
    final long scores;
    final float[] scoreValues;
    /** q_t · z_t, stabilised, [length]. */
    final float[] products;
    /** Ones, [length]: sums are products with them. */
    final long ones;

    MlstmChunk(MlstmSpec spec, ChunkPlan plan, Worker worker) {
        this.spec = spec;
        this.plan = plan;
        this.worker = worker;
        int size = Math.min(spec.chunkSize(), spec.time());
        keyValues = worker.floats(size * spec.keyDim());
        queries = worker.memory(size * spec.keyDim());
        queryValues = worker.floats(size * spec.keyDim());
        scores = worker.memory(size * size);
        scoreValues = worker.floats(size * size);
        products = worker.floats(size);
        sums = worker.memory(size);
        ones = worker.memory(size);
        Arrays.fill(products, 0, size, 1);
        worker.store(products, 0, size, ones);
    }

    /** Goes to a chunk and gathers its keys, with their weights, and values where they are to be. */
    void open(int index, HeadInputs in, long keys, long values) {
        go(index, keys, values);
        int width = spec.keyDim();
        var blas = worker.blas();
        blas.copy(length, spec.valueDim(), in.value().at(first), in.value().stride(), values, spec.valueDim());
        blas.copy(length, width, in.key().at(first), in.key().stride(), keys, width);
        worker.load(keys, keyValues, 0, length * width);
        for (int s = 0; s < length; s++) {
            Vectors.scale(plan.key[first + s], keyValues, s * width, keyValues, s * width, width);
        }
        worker.store(keyValues, 0, length * width, keys);
    }

    /** Goes to a chunk whose keys and values have been gathered before. */
    void reopen(int index, long keys, long values) {
        go(index, keys, values);
        worker.load(keys, keyValues, 0, length * spec.keyDim());
    }

    private void go(int index, long keys, long values) {
        this.keys = keys;
        this.values = values;
        first = plan.begin[index];
        length = plan.begin[index + 1] - first;
        fresh = plan.fresh[index] == 1;
        added = plan.added[index];
        kept = plan.kept[index];
        carried = plan.carried[index];
    }

    /** Gathers the queries and multiplies them with the keys, and with z before the chunk. */
    void read(Rows query, long normalizer) {
        int width = spec.keyDim();
        float scale = (float) spec.keyScale();
        var blas = worker.blas();
        blas.copy(length, width, query.at(first), query.stride(), queries, width);
        worker.load(queries, queryValues, 0, length * width);
        for (int t = 0; t < length; t++) {
            Vectors.scale(scale * plan.query[first + t], queryValues, t * width, queryValues, t * width, width);
        }
        worker.store(queryValues, 0, length * width, queries);

        overKeys().products(queries, keys, scores);
        worker.load(scores, scoreValues, 0, length * length);
        clearAboveDiagonal(scoreValues);
        worker.store(scoreValues, 0, length * length, scores);

        blas.gemv(N, length, length, 1, scores, length, ones, 0, sums);
        if (!fresh) {
            blas.gemv(N, length, width, carried, queries, width, normalizer, 1, sums);
        }
        worker.load(sums, products, 0, length);
    }

    /** Products over pairs of steps, of matrices as wide as the keys. */
    LowerTriangle overKeys() {
        return new LowerTriangle(worker.blas(), length, spec.keyDim());
    }

    /** Products over pairs of steps, of matrices as wide as the values. */
    LowerTriangle overValues() {
        return new LowerTriangle(worker.blas(), length, spec.valueDim());
    }

    void clearAboveDiagonal(float[] square) {
        for (int t = 0; t < length; t++) {
            Arrays.fill(square, t * length + t + 1, (t + 1) * length, 0);
        }
    }

    /** What the read divides by at step t of the chunk. */
    float denominator(int t) {
        return spec.read().denominator(products[t], plan.max[first + t]);
    }

    /** The derivative of {@link #denominator} by the product. */
    float denominatorSlope(int t) {
        return switch (spec.read()) {
            case NORMALIZER -> 1;
            case CLAMPED -> Math.abs(products[t]) > (float) Math.exp(-plan.max[first + t])
                    ? Math.signum(products[t]) : 0;
        };
    }

    /**
     * The memory after the chunk, from that before it; it may be written to the same place.
     *
     * @param from address of S before the chunk, and behind it z
     * @param to   address of S after the chunk, and behind it z
     */
    void advance(long from, long to) {
        int keyDim = spec.keyDim();
        int valueDim = spec.valueDim();
        long size = (long) keyDim * valueDim;
        if (from != to && !fresh) {
            worker.copy(from, to, size + keyDim);
        }
        float beta = fresh ? 0 : kept;
        worker.blas().gemm(T, N, keyDim, valueDim, length, added, keys, keyDim, values, valueDim, beta, to, valueDim);
        worker.blas().gemv(T, length, keyDim, added, keys, keyDim, ones, beta, to + Float.BYTES * size);
    }
}
