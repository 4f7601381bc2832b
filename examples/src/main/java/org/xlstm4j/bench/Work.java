package org.xlstm4j.bench;

import org.nd4j.linalg.api.buffer.DataType;

/**
 * What a call has to do at least, whatever form does it: forms are compared by what they yield, not by what they
 * spend.
 *
 * @param flops floating-point operations of the equations, a multiply-add counted as two, nothing computed twice
 * @param bytes moved where each input is read once and each output written once
 */
public record Work(double flops, double bytes) {

    /** Work on so many float32 numbers read or written. */
    static Work ofFloats(double flops, double floats) {
        return new Work(flops, Float.BYTES * floats);
    }

    /** The same with numbers of another type. */
    Work inType(DataType type) {
        return new Work(flops, bytes * type.width() / Float.BYTES);
    }

    /**
     * The work of training, where the backward pass takes two products for each of the forward pass, and reads inputs
     * and the outputs' gradients to write the inputs' gradients.
     *
     * @param flops   of the forward pass
     * @param inputs  floats in the inputs
     * @param outputs floats in the outputs
     */
    static Work of(Direction direction, double flops, double inputs, double outputs) {
        return direction == Direction.FORWARD ? ofFloats(flops, inputs + outputs)
                : ofFloats(3 * flops, 3 * inputs + 2 * outputs);
    }
}
