package org.xlstm4j.ops.attention;

import org.xlstm4j.ops.cpu.Floats;
import org.xlstm4j.ops.cpu.Worker;
import org.xlstm4j.ops.cpu.Workers;
import org.xlstm4j.ops.mask.DocumentStarts;

/** {@link CpuAttention} of all heads of a batch: {@code query} and the like hold rows of tokens. */
record CpuAttentionHeads(AttentionSpec spec, Floats query, Floats key, Floats value, Floats output, Floats logSumExp,
                         Floats segments) {
    /** Queries that forward does in one job. */
    private static final int JOB = 4 * AttentionTiles.QUERIES;

    void forward(Worker caller) {
        var starts = documentStarts(caller);
        int jobs = (spec.time() + JOB - 1) / JOB;
        Workers.forEach(starts.length * spec.heads() * jobs, (index, worker) -> {
            int from = index % jobs * JOB;
            int head = index / jobs % spec.heads();
            int row = index / jobs / spec.heads();
            new CpuAttention(spec, worker)
                    .forward(starts[row], head(row, head), from, Math.min(spec.time(), from + JOB));
        });
    }

    /** Query heads that share a key-value head add to the same gradients: one job, in their order. */
    void backward(Floats dOutput, Floats dQuery, Floats dKey, Floats dValue, Worker caller) {
        var starts = documentStarts(caller);
        Workers.forEach(starts.length * spec.keyValueHeads(), (index, worker) -> {
            int shared = index % spec.keyValueHeads();
            int row = index / spec.keyValueHeads();
            int from = row * spec.time();
            var keyGradient = dKey.rows(from, (long) shared * spec.headDim());
            var valueGradient = dValue.rows(from, (long) shared * spec.valueDim());
            worker.clear(keyGradient, spec.time(), spec.headDim());
            worker.clear(valueGradient, spec.time(), spec.valueDim());
            var attention = new CpuAttention(spec, worker);
            for (int i = 0; i < spec.groupHeads(); i++) {
                int head = shared * spec.groupHeads() + i;
                attention.backward(starts[row], head(row, head), new AttentionHead.Gradient(
                        dOutput.rows(from, (long) head * spec.valueDim()),
                        dQuery.rows(from, (long) head * spec.headDim()), keyGradient, valueGradient));
            }
        });
    }

    private AttentionHead head(int row, int head) {
        int from = row * spec.time();
        long shared = head / spec.groupHeads();
        return new AttentionHead(query.rows(from, (long) head * spec.headDim()),
                key.rows(from, shared * spec.headDim()), value.rows(from, shared * spec.valueDim()),
                output.rows(from, (long) head * spec.valueDim()), logSumExp.at(row, head));
    }

    private int[][] documentStarts(Worker worker) {
        var starts = new int[query.size(0) / spec.time()][];
        for (int row = 0; row < starts.length; row++) {
            starts[row] = DocumentStarts.of(segments, row, spec.time(), worker);
        }
        return starts;
    }
}
