package org.xlstm4j.ops.attention;

import org.xlstm4j.ops.cpu.Worker;

/**
 * Causal attention of one head in tiles that stay in the cache (FlashAttention-2, arXiv 2307.08691): time and memory
 * traffic are O(time · (window + sinks)), and all that is kept for the gradient is L = log Σ exp(S) a query, S the
 * scores. Backward computes them again; with P = exp(S − L) and δ = Σ do ∘ o: dv = Pᵀ do, dS = P ∘ (do vᵀ − δ),
 * dq = scale dS k, dk = scale dSᵀ q.
 *
 * <p>For one thread: the memory is that of the job that makes it.
 */
public final class CpuAttention {
    private final AttentionSpec spec;
    private final AttentionForward forward;
    private final AttentionBackward backward;

    /** @param worker of the thread and the job that this is used in */
    public CpuAttention(AttentionSpec spec, Worker worker) {
        this.spec = spec;
        this.forward = new AttentionForward(spec, worker);
        this.backward = new AttentionBackward(spec, worker);
    }

    /**
     * Writes the output of a head, and what {@link #backward} needs.
     *
     * @param documentStarts the index at which each token's document begins
     */
    public void forward(int[] documentStarts, AttentionHead head) {
        forward(documentStarts, head, 0, spec.time());
    }

    /** The same for the queries {@code from … to}; {@code from} a multiple of 64 for the same bits. */
    void forward(int[] documentStarts, AttentionHead head, int from, int to) {
        forward.run(documentStarts, head, from, to);
    }

    /**
     * Writes the query's gradient of a head and adds the key's and the value's.
     *
     * @param documentStarts the index at which each token's document begins
     */
    public void backward(int[] documentStarts, AttentionHead head, AttentionHead.Gradient gradient) {
        backward.run(documentStarts, head, gradient);
    }
}
