package org.xlstm4j.ops.mlstm;

import org.xlstm4j.ops.cpu.Worker;

/**
 * How a head's time axis falls into chunks, and what each step weighs in them.
 *
 * <p>With b_t the sum of log σ(f) from the chunk's first step, a_s = i_s − b_s and M_t = max(m, a_first, …, a_t), m
 * being the max before the chunk, the weight of key s for query t is exp(a_s − M_t), and that of the memory before the
 * chunk exp(m − M_t). The former is a product of two numbers, exp(a_s − A) · exp(A − M_t), so that it can be put into
 * keys and queries before their product: no matrix of weights is ever computed. A chunk ends early, before M has grown
 * by {@value #RANGE} since its first step, so that neither number overflows; and before another document begins.
 */
final class ChunkPlan {
    private static final double RANGE = 80;
    /** Weights below have no part in any float32 sum: zero, for arithmetic on denormal numbers is slow. */
    private static final double NEGLIGIBLE = 1e-30;

    /** The number of chunks. */
    int chunks;
    /** First steps of the chunks, and the number of steps last. */
    final int[] begin;
    /** 1 where the memory before a chunk is empty, another document's. */
    final int[] fresh;
    /** exp(a_s − A), a step. */
    final float[] key;
    /** exp(A − M_t), a step. */
    final float[] query;
    /** exp(m − A), a chunk: with that of the query it is the weight of the memory before the chunk, exp(m − M_t). */
    final float[] carried;
    /** The true max, b_t + M_t, a step. */
    final double[] max;
    /** 1 where the step's own input gate is the max. */
    final int[] gateIsMax;
    /** exp(A − M_last), a chunk: what its keys weigh in the memory after it. */
    final float[] added;
    /** exp(m − M_last), a chunk: what the memory before it weighs in that after it. */
    final float[] kept;

    private final double[] exponent;
    private final double[] running;

    ChunkPlan(int time, Worker worker) {
        begin = worker.ints(time + 1);
        fresh = worker.ints(time);
        gateIsMax = worker.ints(time);
        key = worker.floats(time);
        query = worker.floats(time);
        carried = worker.floats(time);
        added = worker.floats(time);
        kept = worker.floats(time);
        max = worker.doubles(time);
        exponent = worker.doubles(time);
        running = worker.doubles(time);
    }

    /** Plans a head. */
    void fill(MlstmSpec spec, HeadInputs in, Worker worker) {
        double initialMax = Double.NEGATIVE_INFINITY;
        if (in.initial() != null) {
            worker.load(in.initial().max(), added, 0, 1);
            initialMax = added[0];
        }
        fill(spec.time(), spec.chunkSize(), in.inputGate(), in.forgetGate(), in.documentStarts(), initialMax);
    }

    private void fill(int time, int chunkSize, float[] inputGate, float[] forgetGate, int[] documentStarts,
                      double initialMax) {
        chunks = 0;
        double before = initialMax;
        for (int first = 0; first < time; first = begin[chunks]) {
            if (first > 0 && documentStarts[first] == first) {
                before = Double.NEGATIVE_INFINITY;
            }
            fresh[chunks] = before == Double.NEGATIVE_INFINITY ? 1 : 0;
            int limit = Math.min(time, first + chunkSize);
            before = fillChunk(first, limit, inputGate, forgetGate, documentStarts, before);
        }
    }

    /** Returns the max after the chunk. */
    private double fillChunk(int first, int limit, float[] inputGate, float[] forgetGate, int[] documentStarts,
                             double before) {
        double decay = 0;
        double decayToEnd = 0;
        int end = first;
        for (; end < limit && documentStarts[end] == documentStarts[first]; end++) {
            decay += logSigmoid(forgetGate[end]);
            double a = inputGate[end] - decay;
            double max = Math.max(end == first ? before : running[end - 1], a);
            if (end > first && max - running[first] > RANGE) {
                break;
            }
            exponent[end] = a;
            running[end] = max;
            gateIsMax[end] = a == max ? 1 : 0;
            this.max[end] = decay + max;
            decayToEnd = decay;
        }
        double last = running[end - 1];
        double centre = (running[first] + last) / 2;
        for (int t = first; t < end; t++) {
            key[t] = weight(exponent[t] - centre);
            boolean sameMax = t > first && running[t] == running[t - 1];
            query[t] = sameMax ? query[t - 1] : weight(centre - running[t]);
        }
        added[chunks] = weight(centre - last);
        carried[chunks] = weight(before - centre);
        kept[chunks] = weight(before - last);
        begin[chunks] = first;
        chunks++;
        begin[chunks] = end;
        return decayToEnd + last;
    }

    private static float weight(double exponent) {
        double weight = Math.exp(exponent);
        return weight < NEGLIGIBLE ? 0 : (float) weight;
    }

    /** log σ(x) to 1e-16, absolutely: it is added to numbers of magnitude 1. */
    static double logSigmoid(double x) {
        return Math.min(x, 0) - Math.log(1 + Math.exp(-Math.abs(x)));
    }
}
