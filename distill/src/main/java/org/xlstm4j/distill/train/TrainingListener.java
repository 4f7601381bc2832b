package org.xlstm4j.distill.train;

import java.util.List;
import java.util.function.Consumer;

/** Who is told how training goes, on the thread that trains. */
public interface TrainingListener {

    /** After every step, one that was passed over included. */
    default void stepDone(TrainingProgress progress) {
    }

    /** A step was passed over: its loss or gradient was not finite. */
    default void stepSkipped(SkippedStep skipped) {
    }

    /** The student was measured on held-out rows. */
    default void evaluated(HeldOutLoss loss) {
    }

    /** A checkpoint's arrays are copied; it is being written. */
    default void checkpointing(int step) {
    }

    /** Training goes on from a checkpoint, whose steps are done. */
    default void resumed(int step) {
    }

    /** One that listens to nothing but steps. */
    static TrainingListener ofSteps(Consumer<TrainingProgress> steps) {
        return new TrainingListener() {
            @Override
            public void stepDone(TrainingProgress progress) {
                steps.accept(progress);
            }
        };
    }

    /** All of these, in order. */
    static TrainingListener all(List<TrainingListener> listeners) {
        var told = List.copyOf(listeners);
        return new TrainingListener() {
            @Override
            public void stepDone(TrainingProgress progress) {
                told.forEach(listener -> listener.stepDone(progress));
            }

            @Override
            public void stepSkipped(SkippedStep skipped) {
                told.forEach(listener -> listener.stepSkipped(skipped));
            }

            @Override
            public void evaluated(HeldOutLoss loss) {
                told.forEach(listener -> listener.evaluated(loss));
            }

            @Override
            public void checkpointing(int step) {
                told.forEach(listener -> listener.checkpointing(step));
            }

            @Override
            public void resumed(int step) {
                told.forEach(listener -> listener.resumed(step));
            }
        };
    }
}
