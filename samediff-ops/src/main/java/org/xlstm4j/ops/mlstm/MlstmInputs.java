package org.xlstm4j.ops.mlstm;

import java.util.Objects;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.ops.heads.Heads;

/**
 * What an mLSTM reads. Gates are pre-activations: the input gate is exp(i), the forget gate σ(f).
 *
 * @param query      [batch · time, heads · keyDim]
 * @param key        [batch · time, heads · keyDim]
 * @param value      [batch · time, heads · valueDim]
 * @param inputGate  [batch · time, heads]
 * @param forgetGate [batch · time, heads]
 * @param segments   [batch, time], floating point: the number of each token's document (padding has a number of its
 *                   own), so that memory never crosses documents; null where every row is one document
 * @param initial    the memory that the row's first segment starts with; null for an empty one
 */
public record MlstmInputs(SDVariable query, SDVariable key, SDVariable value, SDVariable inputGate,
                          SDVariable forgetGate, SDVariable segments, MlstmState initial) {
    /** A pre-activation that opens a gate for good, or shuts it if negative, whose exponential is still a float. */
    private static final double OPEN = 80;

    public MlstmInputs {
        Objects.requireNonNull(query, "query");
        Objects.requireNonNull(key, "key");
        Objects.requireNonNull(value, "value");
        Objects.requireNonNull(inputGate, "inputGate");
        Objects.requireNonNull(forgetGate, "forgetGate");
    }

    /** Inputs of rows that are one document each, starting with an empty memory. */
    public MlstmInputs(SDVariable query, SDVariable key, SDVariable value, SDVariable inputGate,
                       SDVariable forgetGate) {
        this(query, key, value, inputGate, forgetGate, null, null);
    }

    /** The same inputs with documents. */
    public MlstmInputs withSegments(SDVariable documents) {
        return new MlstmInputs(query, key, value, inputGate, forgetGate, documents, initial);
    }

    /** The same inputs with an initial memory. */
    public MlstmInputs withInitial(MlstmState state) {
        return new MlstmInputs(query, key, value, inputGate, forgetGate, segments, state);
    }

    /**
     * The same inputs with steps that are not there: they leave the memory as it is.
     *
     * @param present 1 where a step is there, 0 where not, [batch, time]
     */
    public MlstmInputs withPresent(SDVariable present) {
        var there = present.reshape(-1, 1);
        var opened = there.sub(1.0).mul(-OPEN);
        return new MlstmInputs(query, key, value, inputGate.mul(there).sub(opened), forgetGate.mul(there).add(opened),
                segments, initial);
    }

    /** The same inputs with the heads on an axis of their own: [batch, heads, time, …]. */
    MlstmInputs byHead(MlstmSpec spec) {
        var keys = new Heads(spec.heads(), spec.time(), spec.keyDim());
        var values = new Heads(spec.heads(), spec.time(), spec.valueDim());
        return new MlstmInputs(keys.split(query), keys.split(key), values.split(value), byHead(spec, inputGate),
                byHead(spec, forgetGate), segments, initial);
    }

    private static SDVariable byHead(MlstmSpec spec, SDVariable gate) {
        return gate.reshape(-1, spec.time(), spec.heads()).permute(0, 2, 1);
    }
}
