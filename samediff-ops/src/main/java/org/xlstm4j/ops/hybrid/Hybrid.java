package org.xlstm4j.ops.hybrid;

import java.util.function.Supplier;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.attention.RingBuffer;
import org.xlstm4j.ops.mlstm.MlstmState;

/**
 * The hybrid mixer (arXiv 2603.15590, Eq. 8–11):
 * <pre>
 * φ(x)  = softmax(x · W_φ)                  over the features, W_φ per head
 * y_t   = mLSTM(φ_q(q), φ_k(k), v; i, f)    i, f linear in the layer's normed input
 * o_t   = σ([q_t, k_t, v_t] · w_o + b_o)
 * h_t   = o_t y_t + (1 − o_t) window(q, k, v)_t
 * </pre>
 */
public final class Hybrid {
    private static final String NAME = "hybrid mixer";

    private Hybrid() {
    }

    /** The mixer over whole sequences that start with an empty memory. */
    public static HybridOutput apply(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        return isFused(in) ? HybridOp.apply(spec, parameters, in)
                : composed(() -> new ComposedHybrid(spec, parameters, in).apply());
    }

    /** The mixer over whole sequences, with the memory that decoding goes on from. */
    public static WithState applyWithState(HybridSpec spec, HybridParameters parameters, HybridInputs in) {
        return isFused(in) ? HybridOp.applyWithState(spec, parameters, in)
                : composed(() -> new ComposedHybrid(spec, parameters, in).applyWithState());
    }

    /**
     * The mixer over pieces of sequences, which go on from what came before. Its branches are computed as whole
     * sequences' are, fused where there is a fused form; so is its gradient.
     *
     * @param in      the piece; its segments say 1 where a step is there, 0 where not, and those leave the memory alone
     * @param window  what the window shows of the piece and before it, [batch · time, heads · headDim]
     * @param initial the mLSTM's memory before the piece
     */
    public static WithState continued(HybridSpec spec, HybridParameters parameters, HybridInputs in,
                                      SDVariable window, MlstmState initial) {
        return new ComposedHybrid(spec, parameters, in).continued(window, initial);
    }

    /**
     * One decoding step. The fused form has no gradient.
     *
     * @param in        one time step: {@code spec.time()} is 1 and segments play no part
     * @param ring      where the caches of the window's and the sinks' keys and values keep what
     * @param keys      what was cached before, [batch, slots, keyValueHeads · headDim]
     * @param values    what was cached before, [batch, slots, keyValueHeads · headDim]
     * @param positions tokens read before this one, [batch], floating point
     * @param state     the mLSTM's memory before the step
     */
    public static Step step(HybridSpec spec, HybridParameters parameters, HybridInputs in, RingBuffer ring,
                            SDVariable keys, SDVariable values, SDVariable positions, MlstmState state) {
        if (spec.time() != 1 || in.segments() != null) {
            throw new IllegalArgumentException("a step of the mixer reads one token and no segments, the spec says "
                    + spec.time() + (in.segments() == null ? "" : ", and there are segments"));
        }
        return isFused(in) ? HybridStepOp.apply(spec, parameters, in, ring, keys, values, positions, state)
                : composed(() -> new ComposedHybrid(spec, parameters, in).step(ring, keys, values, positions, state));
    }

    private static boolean isFused(HybridInputs in) {
        return Form.isFused(NAME, in.query().dataType());
    }

    /** The operators that a composed mixer is made of are composed, too. */
    private static <T> T composed(Supplier<T> build) {
        return Form.with(Form.COMPOSED, build);
    }

    /**
     * The mixer's output and the memory after the last step.
     *
     * @param output what the mixer computes
     * @param state  the mLSTM's memory
     */
    public record WithState(HybridOutput output, MlstmState state) {
    }

    /**
     * What a decoding step computes.
     *
     * @param output what the mixer computes
     * @param keys   the cache with the step's key
     * @param values the cache with the step's value
     * @param state  the mLSTM's memory
     */
    public record Step(HybridOutput output, SDVariable keys, SDVariable values, MlstmState state) {
    }
}
