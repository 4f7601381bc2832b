package org.xlstm4j.ops.attention;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;

import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/** The gradients of a head, tile by tile. */
final class AttentionBackward extends AttentionTiles {
    private final float[] logSumExp;
    /** δ, what the softmax takes off the weights' gradients: Σ do ∘ o. */
    private final float[] along;
    private final float[] outputs;
    private final float[] dOutputs;
    private final float[] dScores;
    private AttentionHead.Gradient gradient;
    private boolean isFirst;

    AttentionBackward(AttentionSpec spec, Worker worker) {
        super(spec, worker);
        this.logSumExp = worker.floats(QUERIES);
        this.along = worker.floats(QUERIES);
        this.outputs = worker.floats(QUERIES * spec.valueDim());
        this.dOutputs = worker.floats(QUERIES * spec.valueDim());
        this.dScores = worker.floats(scores.length);
    }

    void run(int[] documentStarts, AttentionHead of, AttentionHead.Gradient to) {
        gradient = to;
        run(documentStarts, of, 0, spec.time());
    }

    @Override
    void begin() {
        int width = spec.valueDim();
        worker.load(head.logSumExp() + (long) Float.BYTES * firstQuery, logSumExp, 0, queries);
        load(head.output(), outputs);
        load(gradient.output(), dOutputs);
        for (int i = 0; i < queries; i++) {
            along[i] = Vectors.dot(outputs, i * width, dOutputs, i * width, width);
        }
        isFirst = true;
    }

    private void load(Rows rows, float[] to) {
        worker.loadRows(rows.at(firstQuery), rows.stride(), queries, spec.valueDim(), to);
    }

    @Override
    void take(int firstKey, int keys) {
        var blas = worker.blas();
        var dOutput = gradient.output();
        loadScores(firstKey, keys);
        columns.subtract(logSumExp, scores, keys, queries);
        exponentiate(firstKey, keys);
        worker.store(scores, 0, keys * queries, tile);
        blas.gemm(N, N, keys, spec.valueDim(), queries, 1, tile, queries, dOutput.at(firstQuery), dOutput.stride(),
                1, gradient.value().at(firstKey), gradient.value().stride());

        blas.gemm(N, T, keys, queries, spec.valueDim(), 1, head.value().at(firstKey), head.value().stride(),
                dOutput.at(firstQuery), dOutput.stride(), 0, tile, queries);
        worker.load(tile, dScores, 0, keys * queries);
        columns.subtract(along, dScores, keys, queries);
        multiply(scores, dScores, keys * queries);
        worker.store(dScores, 0, keys * queries, tile);
        addScoreGradients(firstKey, keys);
        isFirst = false;
    }

    private void addScoreGradients(int firstKey, int keys) {
        float scale = (float) spec.scale();
        worker.blas().gemm(N, N, keys, spec.headDim(), queries, scale, tile, queries,
                head.query().at(firstQuery), head.query().stride(), 1,
                gradient.key().at(firstKey), gradient.key().stride());
        worker.blas().gemm(T, N, queries, spec.headDim(), keys, scale, tile, queries,
                head.key().at(firstKey), head.key().stride(), isFirst ? 0 : 1,
                gradient.query().at(firstQuery), gradient.query().stride());
    }

    @Override
    void end() {
    }

    /** y[i] *= x[i]. */
    private static void multiply(float[] x, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            y[i] *= x[i];
        }
    }
}
