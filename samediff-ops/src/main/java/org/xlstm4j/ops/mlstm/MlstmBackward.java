package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;
import static org.xlstm4j.ops.cpu.Blas.Transpose.T;
import static org.xlstm4j.ops.cpu.Vectors.dot;

import java.util.Arrays;
import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * One head of the chunkwise mLSTM, backward. The memories at the chunks' borders are computed again, then the chunks
 * are gone through from the last to the first. With h = N / D, the gradients of numerator and product n = q · z are
 * dN = dh / D and dn = −(dh · h) D'(n) / D; with c the weight of the memory before the chunk and a that of the chunk in
 * the memory after it,
 * <pre>
 * dP  = tril(dN Vᵀ + dn 1ᵀ)                   dV  = Pᵀ dN + a K' dS
 * dQ' = dP K' + c (dN Sᵀ + dn zᵀ)             dK' = dPᵀ Q' + a (V dSᵀ + 1 dzᵀ)
 * dS_before = kept dS + c Q'ᵀ dN
 * </pre>
 * The gradient of i_s is the sum of what flows from key s, that of log σ(f_t) the sum of what flows over step t, from
 * keys before it to queries from it on: P ∘ dP within the chunk, and what comes from before the chunk or goes behind
 * it. (q · dq − k · dk, summed up, would be the same, and loses too many digits where its parts cancel.)
 */
public final class MlstmBackward {
    private final MlstmSpec spec;
    private final int keyDim;
    private final int valueDim;
    private final Worker worker;
    private final ChunkPlan plan;
    private final MlstmChunk chunk;
    private final long dScores;
    private final float[] dScoreValues;
    private final long dNumerators;
    private final float[] dNumeratorValues;
    private final float[] hiddenValues;
    private final float[] dProducts;
    private final long dProductsAt;
    private final float[] flowIn;
    private final float[] flowOut;
    private final float[] flowWithin;
    private final float[] dMaxRead;
    /** dQ', dK' and dV, one after another. */
    private final long gradient;
    private final float[] gradientValues;
    /** dS and, behind it, dz. */
    private final long dMemory;
    private final long dNormalizer;
    private final int memorySize;

    /** The pass with the given thread's memory. */
    public MlstmBackward(MlstmSpec spec, Worker worker) {
        this.spec = spec;
        this.worker = worker;
        keyDim = spec.keyDim();
        valueDim = spec.valueDim();
        plan = new ChunkPlan(spec.time(), worker);
        chunk = new MlstmChunk(spec, plan, worker);
        int size = Math.min(spec.chunkSize(), spec.time());
        dScores = worker.memory(size * size);
        dScoreValues = worker.floats(size * size);
        dNumerators = worker.memory(size * valueDim);
        dNumeratorValues = worker.floats(size * valueDim);
        hiddenValues = worker.floats(size * valueDim);
        dProducts = worker.floats(size);
        dProductsAt = worker.memory(size);
        flowIn = worker.floats(size);
        flowOut = worker.floats(size);
        flowWithin = worker.floats(size);
        dMaxRead = worker.floats(size);
        gradient = worker.memory(size * Math.max(keyDim, valueDim));
        gradientValues = worker.floats(size * keyDim);
        memorySize = keyDim * (valueDim + 1);
        dMemory = worker.memory(memorySize);
        dNormalizer = dMemory + (long) Float.BYTES * keyDim * valueDim;
    }

    /**
     * What the forward pass returned, and the gradient that arrives at it.
     *
     * @param hidden  [time, valueDim]
     * @param dHidden [time, valueDim]
     * @param dLast   the gradient of the memory after the last step; null where there is none
     */
    public record Upstream(Rows hidden, Rows dHidden, HeadState dLast) {
    }

    /**
     * Where the gradients go.
     *
     * @param query      [time, keyDim]
     * @param key        [time, keyDim]
     * @param value      [time, valueDim]
     * @param addToValue whether the gradient of the values is added to what is there: heads may share values
     * @param inputGate  [time]
     * @param forgetGate [time]
     * @param initial    the gradient of the initial memory; null where there is none
     */
    public record Gradients(Rows query, Rows key, Rows value, boolean addToValue, float[] inputGate,
                            float[] forgetGate, HeadState initial) {
    }

    /** Computes the head's gradients. */
    public void run(HeadInputs in, Upstream upstream, Gradients out) {
        plan.fill(spec, in, worker);
        // What comes after the last chunk is not needed.
        long memories = worker.memory(plan.chunks * memorySize);
        long keys = worker.memory(spec.time() * keyDim);
        long values = worker.memory(spec.time() * valueDim);
        memories(in, memories, keys, values);

        double dMax = last(upstream.dLast());
        for (int index = plan.chunks - 1; index >= 0; index--) {
            if (index + 1 < plan.chunks && plan.fresh[index + 1] == 1) {
                clearDMemory();
            }
            long memory = memories + (long) Float.BYTES * index * memorySize;
            long normalizer = memory + (long) Float.BYTES * keyDim * valueDim;
            chunk.reopen(index, at(index, keys, keyDim), at(index, values, valueDim));
            chunk.read(in.query(), normalizer);
            throughRead(upstream);
            dScores();
            dQueries(memory, normalizer, out.query());
            dKeys(out.key());
            dValues(out.value(), out.addToValue());
            // S · dS + z · dz, of the memory before the chunk and the gradient of that after it.
            double flowOver = chunk.fresh ? 0 : chunk.kept * worker.blas().dot(memorySize, memory, dMemory);
            dMax = gates(in.forgetGate(), flowOver, dMax, out);
            if (!chunk.fresh) {
                dMemoryBefore();
            }
        }
        if (out.initial() != null) {
            initial(dMax, out.initial());
        }
    }

    /** The address of a chunk's first row among rows of all steps. */
    private long at(int index, long rows, int width) {
        return rows + (long) Float.BYTES * plan.begin[index] * width;
    }

    /** The memories before each chunk, S and behind it z; all keys with their weights, and all values. */
    private void memories(HeadInputs in, long memories, long keys, long values) {
        if (in.initial() != null) {
            worker.copy(in.initial().memory(), memories, (long) keyDim * valueDim);
            worker.copy(in.initial().normalizer(), memories + (long) Float.BYTES * keyDim * valueDim, keyDim);
        }
        long bytes = (long) Float.BYTES * memorySize;
        for (int index = 0; index < plan.chunks; index++) {
            chunk.open(index, in, at(index, keys, keyDim), at(index, values, valueDim));
            if (index + 1 < plan.chunks) {
                chunk.advance(memories + index * bytes, memories + (index + 1) * bytes);
            }
        }
    }

    /** Takes over the gradient of the last memory; returns that of its max. */
    private double last(HeadState dLast) {
        if (dLast == null) {
            clearDMemory();
            return 0;
        }
        worker.copy(dLast.memory(), dMemory, (long) keyDim * valueDim);
        worker.copy(dLast.normalizer(), dNormalizer, keyDim);
        worker.load(dLast.max(), flowIn, 0, 1);
        return flowIn[0];
    }

    private void clearDMemory() {
        worker.clear(dMemory, memorySize);
    }

    private void throughRead(Upstream upstream) {
        gather(upstream.hidden(), hiddenValues);
        gather(upstream.dHidden(), dNumeratorValues);
        float eps = spec.read() == MlstmSpec.Read.CLAMPED ? (float) spec.read().eps() : 0;
        for (int t = 0; t < chunk.length; t++) {
            int at = t * valueDim;
            float inverse = 1 / chunk.denominator(t);
            float along = dot(dNumeratorValues, at, hiddenValues, at, valueDim);
            dProducts[t] = -along * inverse * chunk.denominatorSlope(t);
            // Unstabilised, the clamped read has eps e^m in its denominator.
            dMaxRead[t] = -along * inverse * eps;
            Vectors.scale(inverse, dNumeratorValues, at, dNumeratorValues, at, valueDim);
        }
        worker.store(dNumeratorValues, 0, chunk.length * valueDim, dNumerators);
        worker.store(dProducts, 0, chunk.length, dProductsAt);
    }

    private void gather(Rows rows, float[] to) {
        worker.blas().copy(chunk.length, valueDim, rows.at(chunk.first), rows.stride(), dNumerators, valueDim);
        worker.load(dNumerators, to, 0, chunk.length * valueDim);
    }

    private void dScores() {
        int length = chunk.length;
        chunk.overValues().products(dNumerators, chunk.values, dScores);
        worker.blas().ger(length, length, 1, dProductsAt, chunk.ones, dScores, length);
        worker.load(dScores, dScoreValues, 0, length * length);
        chunk.clearAboveDiagonal(dScoreValues);
        worker.store(dScoreValues, 0, length * length, dScores);
    }

    private void dQueries(long memory, long normalizer, Rows dQuery) {
        int length = chunk.length;
        var blas = worker.blas();
        Arrays.fill(flowIn, 0, length, 0);
        if (!chunk.fresh) {
            blas.gemm(N, T, length, keyDim, valueDim, chunk.carried, dNumerators, valueDim, memory, valueDim, 0,
                    gradient, keyDim);
            blas.ger(length, keyDim, chunk.carried, dProductsAt, normalizer, gradient, keyDim);
            flows(chunk.queryValues, flowIn);
        }
        chunk.overKeys().times(dScores, chunk.keys, chunk.fresh ? 0 : 1, gradient);
        scatter((float) spec.keyScale(), plan.query, dQuery);
    }

    private void dKeys(Rows dKey) {
        int length = chunk.length;
        var blas = worker.blas();
        blas.gemm(N, T, length, keyDim, valueDim, chunk.added, chunk.values, valueDim, dMemory, valueDim, 0, gradient,
                keyDim);
        blas.ger(length, keyDim, chunk.added, chunk.ones, dNormalizer, gradient, keyDim);
        flows(chunk.keyValues, flowOut);
        chunk.overKeys().transposedTimes(dScores, chunk.queries, 1, gradient);
        scatter(1, plan.key, dKey);
    }

    /** x_t · dx_t, a step. */
    private void flows(float[] x, float[] to) {
        worker.load(gradient, gradientValues, 0, chunk.length * keyDim);
        for (int t = 0; t < chunk.length; t++) {
            to[t] = dot(x, t * keyDim, gradientValues, t * keyDim, keyDim);
        }
    }

    /** From weighted queries or keys to those without their weights. */
    private void scatter(float scale, float[] weights, Rows to) {
        int length = chunk.length;
        worker.load(gradient, gradientValues, 0, length * keyDim);
        for (int t = 0; t < length; t++) {
            int at = t * keyDim;
            Vectors.scale(scale * weights[chunk.first + t], gradientValues, at, gradientValues, at, keyDim);
        }
        worker.store(gradientValues, 0, length * keyDim, gradient);
        worker.blas().copy(length, keyDim, gradient, keyDim, to.at(chunk.first), to.stride());
    }

    private void dValues(Rows dValue, boolean add) {
        int length = chunk.length;
        var blas = worker.blas();
        chunk.overValues().transposedTimes(chunk.scores, dNumerators, 0, gradient);
        blas.gemm(N, N, length, valueDim, keyDim, chunk.added, chunk.keys, keyDim, dMemory, valueDim, 1, gradient,
                valueDim);
        if (add) {
            blas.add(length, valueDim, gradient, valueDim, dValue.at(chunk.first), dValue.stride());
        } else {
            blas.copy(length, valueDim, gradient, valueDim, dValue.at(chunk.first), dValue.stride());
        }
    }

    /** From the gradient of the memory after the chunk to that before it. */
    private void dMemoryBefore() {
        worker.blas().gemm(T, N, keyDim, valueDim, chunk.length, chunk.carried, chunk.queries, keyDim, dNumerators,
                valueDim, chunk.kept, dMemory, valueDim);
        worker.blas().gemv(T, chunk.length, keyDim, chunk.carried, chunk.queries, keyDim, dProductsAt, chunk.kept,
                dNormalizer);
    }

    /**
     * The gates' gradients.
     *
     * @param flowOver  what flows from before the chunk to behind it
     * @param dMaxAfter the gradient of the max after the chunk
     * @return the gradient of the max before the chunk: it goes to the gate that is the max, or on to the max before
     */
    private double gates(float[] forgetGate, double flowOver, double dMaxAfter, Gradients out) {
        int length = chunk.length;
        Arrays.fill(flowWithin, 0, length, 0);
        var flows = dScoreValues;
        multiply(flows, chunk.scoreValues, length * length);
        double flow = flowOver + Vectors.sum(flowOut, 0, length);
        double dMax = dMaxAfter;
        for (int t = length - 1; t >= 0; t--) {
            int step = chunk.first + t;
            double dInput = (double) flowWithin[t] + flows[t * length + t] + flowOut[t];
            add(flows, t * length, flowWithin, t);
            flow += (double) flowIn[t] - flowOut[t];
            double dLogForget = flow + Vectors.sum(flowWithin, 0, t);
            dMax += dMaxRead[t];
            if (plan.gateIsMax[step] == 1) {
                dInput += dMax;
                dMax = 0;
            } else {
                dLogForget += dMax;
            }
            out.inputGate()[step] = (float) dInput;
            out.forgetGate()[step] = (float) (dLogForget / (1 + Math.exp(forgetGate[step])));
        }
        return dMax;
    }

    private static void multiply(float[] x, float[] y, int length) {
        for (int i = 0; i < length; i++) {
            x[i] *= y[i];
        }
    }

    private static void add(float[] x, int from, float[] to, int length) {
        for (int i = 0; i < length; i++) {
            to[i] += x[from + i];
        }
    }

    private void initial(double dMax, HeadState out) {
        if (plan.fresh[0] == 1) {
            clearDMemory();
        }
        worker.copy(dMemory, out.memory(), (long) keyDim * valueDim);
        worker.copy(dNormalizer, out.normalizer(), keyDim);
        flowIn[0] = (float) dMax;
        worker.store(flowIn, 0, 1, out.max());
    }
}
