package org.xlstm4j.ops.slstm;

import java.util.Objects;

/**
 * What the sLSTM needs to know about its inputs and its gates.
 *
 * @param heads      heads, whose units read those of their own head alone
 * @param time       length of the time axis
 * @param headDim    units of a head
 * @param forgetGate what the forget gate makes of its pre-activation
 */
public record SlstmSpec(int heads, int time, int headDim, ForgetGate forgetGate) {

    /** What a forget gate makes of its pre-activation. */
    public enum ForgetGate {
        /** σ(f): memories fade. */
        SIGMOID,
        /** exp(f): memories may grow, too; what counts is their weight against what is written. */
        EXPONENTIAL
    }

    public SlstmSpec {
        requirePositive("heads", heads);
        requirePositive("time", time);
        requirePositive("headDim", headDim);
        Objects.requireNonNull(forgetGate, "forgetGate");
    }

    /** The same sLSTM over another length. */
    public SlstmSpec withTime(int length) {
        return new SlstmSpec(heads, length, headDim, forgetGate);
    }

    /** Units of all heads. */
    int width() {
        return Math.multiplyExact(heads, headDim);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " must be positive, was " + value);
        }
    }
}
