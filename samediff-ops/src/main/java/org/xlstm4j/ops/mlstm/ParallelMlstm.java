package org.xlstm4j.ops.mlstm;

import org.nd4j.autodiff.samediff.SDVariable;
import org.nd4j.autodiff.samediff.SameDiff;
import org.xlstm4j.ops.mask.SegmentMask;

/**
 * The mLSTM over all pairs of time steps, out of stock SameDiff ops: the weight of key s for query t is
 * exp(b_t − b_s + i_s − m_t) with b the running sum of log σ(f). O(time²) time and memory.
 */
final class ParallelMlstm {
    private final MlstmSpec spec;
    private final MlstmInputs in;
    private final SameDiff sd;
    private final SDVariable owner;
    private final SDVariable decay;

    ParallelMlstm(MlstmSpec spec, MlstmInputs in) {
        this(spec, in, null);
    }

    /**
     * @param owner [batch, 1], the segment that the initial memory belongs to; null for the row's first one
     */
    ParallelMlstm(MlstmSpec spec, MlstmInputs in, SDVariable owner) {
        this.spec = spec;
        this.in = in;
        this.sd = in.query().getSameDiff();
        this.owner = owner;
        this.decay = LogSpace.runningSum(LogSpace.logSigmoid(in.forgetGate()), spec.heads(), spec.time(), false);
    }

    SDVariable hidden() {
        int heads = spec.heads();
        int time = spec.time();
        var visible = new SegmentMask(sd, in.query().dataType(), time).causal(in.segments());
        var logWeights = LogSpace.masked(
                decay.reshape(-1, heads, time, 1).add(in.inputGate().sub(decay).reshape(-1, heads, 1, time)), visible);
        var max = logWeights.max(true, 3);
        if (in.initial() != null) {
            max = sd.math.max(max, carriedLogWeight(in.initial().max()));
        }
        var fixed = LogSpace.constant(max);

        var weights = sd.math.exp(logWeights.sub(fixed));
        var scores = sd.mmul(in.query(), in.key(), false, true, false).mul(spec.keyScale()).mul(weights);
        var numerator = scores.mmul(in.value());
        var denominator = scores.sum(true, 3);
        if (in.initial() != null) {
            var carried = carriedLogWeight(LogSpace.constant(in.initial().max()));
            var query = in.query().mul(spec.keyScale()).mul(sd.math.exp(carried.sub(fixed)));
            numerator = numerator.add(query.mmul(in.initial().memory()));
            denominator = denominator.add(
                    query.mmul(in.initial().normalizer().reshape(-1, heads, spec.keyDim(), 1)));
        }
        return LogSpace.read(spec.read(), numerator, denominator, max);
    }

    /** The logarithm of the initial memory's weight at each step, [batch, heads, time, 1]. */
    private SDVariable carriedLogWeight(SDVariable initialMax) {
        var carried = decay.add(initialMax.reshape(-1, spec.heads(), 1));
        if (in.segments() != null) {
            carried = LogSpace.masked(carried, belongsTo(initialOwner()).reshape(-1, 1, spec.time()));
        }
        return carried.reshape(-1, spec.heads(), spec.time(), 1);
    }

    private SDVariable initialOwner() {
        return owner != null ? owner : sd.slice(in.segments(), new int[] {0, 0}, -1, 1);
    }

    /** The last step's segment, [batch, 1]. */
    SDVariable lastSegment() {
        return sd.slice(in.segments(), new int[] {0, spec.time() - 1}, -1, 1);
    }

    /** [batch, time]: 1 for steps of the given segment. */
    private SDVariable belongsTo(SDVariable segment) {
        return in.segments().eq(segment).castTo(in.query().dataType());
    }

    /** The sum of log σ(f) over all steps, [batch, heads, 1]. */
    SDVariable totalDecay() {
        return sd.slice(decay, new int[] {0, 0, spec.time() - 1}, -1, spec.heads(), 1);
    }

    /** The memory after the last step. */
    MlstmState finalState() {
        int heads = spec.heads();
        // Decays are subtracted first: float32 would lose the gates in their sums.
        var logWeights = totalDecay().sub(decay).add(in.inputGate());
        if (in.segments() != null) {
            logWeights = LogSpace.masked(logWeights, belongsTo(lastSegment()).reshape(-1, 1, spec.time()));
        }
        var max = logWeights.max(true, 2);
        if (in.initial() != null) {
            max = sd.math.max(max, keptLogWeight(in.initial().max()));
        }
        var fixed = LogSpace.constant(max);

        var weights = sd.math.exp(logWeights.sub(fixed)).reshape(-1, heads, spec.time(), 1);
        var keys = in.key().mul(weights);
        var memory = sd.mmul(keys, in.value(), true, false, false);
        var normalizer = keys.sum(false, 2);
        if (in.initial() != null) {
            var kept = keptLogWeight(LogSpace.constant(in.initial().max()));
            var weight = sd.math.exp(kept.sub(fixed));
            memory = memory.add(in.initial().memory().mul(weight.reshape(-1, heads, 1, 1)));
            normalizer = normalizer.add(in.initial().normalizer().mul(weight));
        }
        return new MlstmState(memory, normalizer, max.reshape(-1, heads));
    }

    /** The logarithm of the initial memory's weight after the last step, [batch, heads, 1]. */
    private SDVariable keptLogWeight(SDVariable initialMax) {
        var kept = totalDecay().add(initialMax.reshape(-1, spec.heads(), 1));
        if (in.segments() == null) {
            return kept;
        }
        var owned = initialOwner().eq(lastSegment()).castTo(in.query().dataType());
        return LogSpace.masked(kept, owned.reshape(-1, 1, 1));
    }
}
