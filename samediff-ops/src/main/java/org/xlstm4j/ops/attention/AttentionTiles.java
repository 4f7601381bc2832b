package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Worker;

/**
 * The way through a head's scores, tile by tile: a block of queries of one document, and block after block of the keys
 * that any of them sees. A tile is transposed, [keys, queries], so that what is done a query is a loop over neighbours.
 */
abstract class AttentionTiles {
    static final int QUERIES = 64;
    private static final int KEYS = 512;
    /** Below every score, but finite: differences stay numbers where a query sees nothing of a tile. */
    static final float MASKED = -1e30f;

    final AttentionSpec spec;
    final Worker worker;
    /** A tile in native memory, for products. */
    final long tile;
    /** A tile on the heap, for loops. */
    final float[] scores;
    final Columns columns;
    private final int window;
    private final int sinks;

    AttentionHead head;
    /** The first query of the block. */
    int firstQuery;
    /** Queries in the block. */
    int queries;
    private int documentStart;

    AttentionTiles(AttentionSpec spec, Worker worker) {
        this.spec = spec;
        this.worker = worker;
        this.tile = worker.memory(KEYS * QUERIES);
        this.scores = worker.floats(KEYS * QUERIES);
        this.columns = new Columns(QUERIES, worker);
        this.window = spec.window().map(given -> Math.min(given.size(), spec.time())).orElse(spec.time());
        this.sinks = spec.window().map(given -> Math.min(given.sinks(), spec.time())).orElse(0);
    }

    /** Begins a block of queries. */
    abstract void begin();

    /** Takes the next keys of the block's, at most {@link #KEYS}. */
    abstract void take(int firstKey, int keys);

    /** Ends a block of queries. */
    abstract void end();

    final void run(int[] documentStarts, AttentionHead of, int from, int to) {
        head = of;
        for (firstQuery = from; firstQuery < to; firstQuery += queries) {
            documentStart = documentStarts[firstQuery];
            queries = 1;
            int most = Math.min(QUERIES, to - firstQuery);
            while (queries < most && documentStarts[firstQuery + queries] == documentStart) {
                queries++;
            }
            begin();
            takeVisible();
            end();
        }
    }

    private void takeVisible() {
        int near = Math.max(documentStart, firstQuery - window + 1);
        int sinksEnd = documentStart + sinks;
        if (sinksEnd < near) {
            takeAll(documentStart, sinksEnd);
            takeAll(near, firstQuery + queries);
        } else {
            takeAll(documentStart, firstQuery + queries);
        }
    }

    private void takeAll(int from, int to) {
        for (int key = from; key < to; key += KEYS) {
            take(key, Math.min(KEYS, to - key));
        }
    }

    /** Puts the scores of the block's queries for some keys on the heap; of no meaning in native memory. */
    final void loadScores(int firstKey, int keys) {
        worker.blas().gemm(N, T, keys, queries, spec.headDim(), (float) spec.scale(),
                head.key().at(firstKey), head.key().stride(), head.query().at(firstQuery), head.query().stride(),
                0, tile, queries);
        worker.load(tile, scores, 0, keys * queries);
        mask(firstKey, keys, MASKED);
    }

    /** Replaces scores on the heap by their exponentials, which are 0 where masked. */
    final void exponentiate(int firstKey, int keys) {
        worker.exp().inPlace(scores, 0, keys * queries);
        // What is merely tiny would make products of numbers below the normal ones, which are slow.
        mask(firstKey, keys, 0);
    }

    /** Masks the queries before a key and, if it is no sink, those whose window has left it behind. */
    private void mask(int firstKey, int keys, float value) {
        for (int i = 0; i < keys; i++) {
            int key = firstKey + i;
            int row = i * queries;
            int before = Math.min(queries, key - firstQuery);
            if (before > 0) {
                Arrays.fill(scores, row, row + before, value);
            }
            int within = key + window - firstQuery;
            if (within < queries && key >= documentStart + sinks) {
                Arrays.fill(scores, row + within, row + queries, value);
            }
        }
    }
}
