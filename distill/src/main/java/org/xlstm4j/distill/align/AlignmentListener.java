package org.xlstm4j.distill.align;

import java.util.List;
import java.util.function.Consumer;
import org.xlstm4j.distill.train.SkippedStep;

/** Who is told how stage I goes, on the thread that calls it. */
public interface AlignmentListener {

    /** After every step. */
    default void stepDone(AlignmentProgress progress) {
    }

    /** A layer's step was passed over: its loss or gradient was not finite. */
    default void stepSkipped(int layer, SkippedStep skipped) {
    }

    /** A checkpoint's arrays are copied; it is being written. */
    default void checkpointing(int step) {
    }

    /** Training goes on from a checkpoint, whose steps are done. */
    default void resumed(int step) {
    }

    /** One that listens to nothing but steps. */
    static AlignmentListener ofSteps(Consumer<AlignmentProgress> steps) {
        return new AlignmentListener() {
            @Override
            public void stepDone(AlignmentProgress progress) {
                steps.accept(progress);
            }
        };
    }

    /** All of these, in order. */
    static AlignmentListener all(List<AlignmentListener> listeners) {
        var told = List.copyOf(listeners);
        return new AlignmentListener() {
            @Override
            public void stepDone(AlignmentProgress progress) {
                told.forEach(listener -> listener.stepDone(progress));
            }

            @Override
            public void stepSkipped(int layer, SkippedStep skipped) {
                told.forEach(listener -> listener.stepSkipped(layer, skipped));
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
