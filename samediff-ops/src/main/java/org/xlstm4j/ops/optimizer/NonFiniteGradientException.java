package org.xlstm4j.ops.optimizer;

/** Gradients whose norm is infinite or not a number, with which no step was taken: nothing has changed. */
public final class NonFiniteGradientException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    private final double norm;

    NonFiniteGradientException(double norm, int index) {
        super("the gradient's norm is " + norm + " at step " + index
                + ": lower the learning rate or look for broken data");
        this.norm = norm;
    }

    /** The gradients' global norm. */
    public double norm() {
        return norm;
    }
}
