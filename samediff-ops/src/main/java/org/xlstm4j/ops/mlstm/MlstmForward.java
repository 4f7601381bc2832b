package org.xlstm4j.ops.mlstm;

import static org.xlstm4j.ops.cpu.Blas.Transpose.N;

import org.xlstm4j.ops.cpu.Rows;
import org.xlstm4j.ops.cpu.Vectors;
import org.xlstm4j.ops.cpu.Worker;

/**
 * One head of the chunkwise mLSTM, forward: for each chunk P = tril(Q' K'ᵀ) and h = (P V + c Q' S) / n, c being the
 * weight of the memory before the chunk; then S and z go on to the next chunk.
 */
public final class MlstmForward {
    private final MlstmSpec spec;
    private final Worker worker;
    private final ChunkPlan plan;
    private final MlstmChunk chunk;
    private final long keys;
    private final long values;
    /** S and, behind it, z. */
    private final long memory;
    private final long normalizer;
    private final long hidden;
    private final float[] hiddenValues;

    /** The pass with the given thread's memory. */
    public MlstmForward(MlstmSpec spec, Worker worker) {
        this.spec = spec;
        this.worker = worker;
        plan = new ChunkPlan(spec.time(), worker);
        chunk = new MlstmChunk(spec, plan, worker);
        int size = Math.min(spec.chunkSize(), spec.time());
        keys = worker.memory(size * spec.keyDim());
        values = worker.memory(size * spec.valueDim());
        memory = worker.memory(spec.keyDim() * (spec.valueDim() + 1));
        normalizer = memory + (long) Float.BYTES * spec.keyDim() * spec.valueDim();
        hidden = worker.memory(size * spec.valueDim());
        hiddenValues = worker.floats(size * spec.valueDim());
    }

    /**
     * Computes the head's hidden states.
     *
     * @param output [time, valueDim]
     * @param last   where the memory after the last step is written; null if it is not wanted
     */
    public void run(HeadInputs in, Rows output, HeadState last) {
        run(in, output, 0, last);
    }

    /** The same; writes the products q · z to the given address besides, [time], where it is not 0. */
    public void run(HeadInputs in, Rows output, long products, HeadState last) {
        plan.fill(spec, in, worker);
        if (in.initial() != null) {
            worker.copy(in.initial().memory(), memory, (long) spec.keyDim() * spec.valueDim());
            worker.copy(in.initial().normalizer(), normalizer, spec.keyDim());
        }
        for (int index = 0; index < plan.chunks; index++) {
            chunk.open(index, in, keys, values);
            chunk.read(in.query(), normalizer);
            if (products != 0) {
                worker.store(chunk.products, 0, chunk.length, products + (long) Float.BYTES * chunk.first);
            }
            hidden(output);
            if (last != null || index + 1 < plan.chunks) {
                chunk.advance(memory, memory);
            }
        }
        if (last != null) {
            worker.copy(memory, last.memory(), (long) spec.keyDim() * spec.valueDim());
            worker.copy(normalizer, last.normalizer(), spec.keyDim());
            hiddenValues[0] = (float) plan.max[spec.time() - 1];
            worker.store(hiddenValues, 0, 1, last.max());
        }
    }

    private void hidden(Rows output) {
        int width = spec.valueDim();
        int length = chunk.length;
        var blas = worker.blas();
        if (!chunk.fresh) {
            blas.gemm(N, N, length, width, spec.keyDim(), chunk.carried, chunk.queries, spec.keyDim(), memory, width,
                    0, hidden, width);
        }
        chunk.overValues().times(chunk.scores, chunk.values, chunk.fresh ? 0 : 1, hidden);
        worker.load(hidden, hiddenValues, 0, length * width);
        for (int t = 0; t < length; t++) {
            Vectors.scale(1 / chunk.denominator(t), hiddenValues, t * width, hiddenValues, t * width, width);
        }
        worker.store(hiddenValues, 0, length * width, hidden);
        blas.copy(length, width, hidden, width, output.at(chunk.first), output.stride());
    }
}
