package org.xlstm4j.ops.hybrid;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.mask.DocumentStarts;
import org.xlstm4j.ops.mlstm.HeadInputs;
import org.xlstm4j.ops.mlstm.HeadState;

/**
 * One query head of one sequence, or of some tokens of it: where its part of the arrays lies, and its features, which
 * both passes compute.
 */
final class HybridHead {
    /** Steps that are fused at once. */
    private static final int BLOCK = 64;

    private final HybridSpec spec;
    private final Operands<Floats> in;
    private final int first;
    private final int head;
    private final Worker worker;
    private final FeatureMap map;

    final Rows query;
    final Rows key;
    final Rows value;
    final Rows queryFeatures;
    final Rows keyFeatures;
    final int[] documentStarts;
    final HeadInputs mlstm;

    /**
     * @param gates pre-activations of the input gates, then of the forget gates: [2 · heads, batch · time]
     */
    HybridHead(HybridSpec spec, Operands<Floats> in, Floats segments, long gates, int row, int head, Worker worker) {
        this(spec, in, DocumentStarts.of(segments, row, spec.time(), worker), gates, row * spec.time(), head, null,
                worker);
    }

    /**
     * @param spec  whose time is that of the tokens at hand
     * @param first the row of the first of them, among those of the batch
     */
    HybridHead(HybridSpec spec, Operands<Floats> in, int[] documentStarts, long gates, int first, int head,
               HeadState initial, Worker worker) {
        this.spec = spec;
        this.in = in;
        this.documentStarts = documentStarts;
        this.first = first;
        this.head = head;
        this.worker = worker;
        int time = spec.time();
        int width = spec.headDim();
        int shared = head / (spec.heads() / spec.keyValueHeads());
        query = part(in.query(), head);
        key = part(in.key(), shared);
        value = part(in.value(), shared);
        map = new FeatureMap(time, width, worker);
        queryFeatures = new Rows(worker.memory(time * width), width);
        keyFeatures = new Rows(worker.memory(time * width), width);
        map.forward(query, in.queryFeatures().at(head), time, queryFeatures);
        map.forward(key, in.keyFeatures().at(head), time, keyFeatures);
        mlstm = new HeadInputs(queryFeatures, keyFeatures, value, gate(gates, head),
                gate(gates, spec.heads() + head), documentStarts, initial);
    }

    /** A head's part of rows of tokens, from the first token on. */
    Rows part(Floats rows, int index) {
        return rows.rows(first, (long) index * spec.headDim());
    }

    /** Adds what comes through the features to the gradients of query and key; writes those of the maps. */
    void backward(Rows dQueryFeatures, Rows dKeyFeatures, Rows dQuery, Rows dKey, long dQueryMap, long dKeyMap) {
        map.backward(query, in.queryFeatures().at(head), queryFeatures, dQueryFeatures, spec.time(), dQuery,
                dQueryMap);
        map.backward(key, in.keyFeatures().at(head), keyFeatures, dKeyFeatures, spec.time(), dKey, dKeyMap);
    }

    private float[] gate(long gates, int index) {
        int time = spec.time();
        long rows = in.x().size(0);
        var steps = worker.floats(time);
        worker.load(gates + Float.BYTES * (index * rows + first), steps, 0, time);
        return steps;
    }

    /** o = σ([q, k, v] · w + b), the share of the mLSTM, a step. */
    float[] outputGate() {
        int time = spec.time();
        int width = spec.headDim();
        long weight = in.outputGateWeight().at(head);
        long logits = worker.memory(time);
        var shares = worker.floats(time);
        worker.load(in.outputGateBias().address() + (long) Float.BYTES * head, shares, 0, 1);
        double bias = shares[0];
        worker.blas().gemv(N, time, width, 1, query.address(), query.stride(), weight, 0, logits);
        worker.blas().gemv(N, time, width, 1, key.address(), key.stride(), weight + (long) Float.BYTES * width, 1,
                logits);
        worker.blas().gemv(N, time, width, 1, value.address(), value.stride(),
                weight + 2L * Float.BYTES * width, 1, logits);
        worker.load(logits, shares, 0, time);
        for (int t = 0; t < time; t++) {
            shares[t] = (float) (1 / (1 + Math.exp(-(shares[t] + bias))));
        }
        return shares;
    }

    /** h = window + o (mLSTM − window). */
    void fuse(float[] shares, Rows mlstm, Rows window, Rows hidden) {
        int width = spec.headDim();
        var a = worker.floats(BLOCK * width);
        var b = worker.floats(BLOCK * width);
        for (int first = 0; first < spec.time(); first += BLOCK) {
            int steps = Math.min(BLOCK, spec.time() - first);
            worker.loadRows(mlstm.at(first), mlstm.stride(), steps, width, a);
            worker.loadRows(window.at(first), window.stride(), steps, width, b);
            for (int t = 0; t < steps; t++) {
                mix(shares[first + t], a, b, t * width, width);
            }
            worker.storeRows(b, steps, width, hidden.at(first), hidden.stride());
        }
    }

    private static void mix(float share, float[] a, float[] b, int from, int length) {
        for (int i = from; i < from + length; i++) {
            b[i] = Math.fma(share, a[i] - b[i], b[i]);
        }
    }
}
