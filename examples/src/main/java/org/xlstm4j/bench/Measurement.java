package org.xlstm4j.bench;

import org.xlstm4j.ops.Form;

/**
 * What one case, form and direction came out at.
 *
 * @param operator  the operator
 * @param shape     its size
 * @param form      how it is computed
 * @param direction what of it is run
 * @param ops       graph ops of the forward pass, those of a decoder layer for a language model
 * @param tokens    tokens a call
 * @param work      the least work of a call
 * @param timing    how long a call takes
 * @param peakBytes by how much the process grew at most during a first call
 * @param heapBytes what the calling thread allocated on the heap in a later one
 */
public record Measurement(String operator, String shape, Form form, Direction direction, int ops, long tokens,
                          Work work, Timing timing, long peakBytes, long heapBytes) {

    /** Floating-point operations a second. */
    public double flopsPerSecond() {
        return timing.rate(work.flops());
    }

    /** Bytes a second. */
    public double bytesPerSecond() {
        return timing.rate(work.bytes());
    }

    /** Tokens a second. */
    public double tokensPerSecond() {
        return timing.rate(tokens);
    }

    /** Whether it is another form of the same. */
    public boolean isSameAs(Measurement other) {
        return operator.equals(other.operator) && shape.equals(other.shape) && direction == other.direction;
    }
}
