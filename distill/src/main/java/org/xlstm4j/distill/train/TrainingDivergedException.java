package org.xlstm4j.distill.train;

/** Training that has stopped: too many steps in a row were not finite. The student is as the last good step left it. */
public final class TrainingDivergedException extends ArithmeticException {
    private static final long serialVersionUID = 1L;

    private final transient SkippedStep last;

    TrainingDivergedException(SkippedStep last) {
        super(last.inARow() + (last.inARow() == 1 ? " step was" : " steps in a row were")
                + " not finite, the last of them step " + last.step() + " at " + last.place() + ": its loss is "
                + last.loss() + ", its gradient's norm " + last.norm()
                + "; lower the learning rate or look for broken data there");
        this.last = last;
    }

    /** The last of the bad steps. */
    public SkippedStep last() {
        return last;
    }
}
