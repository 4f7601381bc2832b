package org.xlstm4j.distill.testing;

import java.io.IOException;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.align.AlignmentListener;
import org.xlstm4j.distill.align.AlignmentOptions;
import org.xlstm4j.distill.align.AlignmentProgress;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.distill.resume.RunSettings;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.DistillationOptions;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingProgress;
import org.xlstm4j.distill.train.TrainingRun;
import org.xlstm4j.model.CausalLm;

/** Either stage on the tiny store's model, a process of its own that may be killed. */
public enum ResumableTraining {
    ALIGN {
        @Override
        void train(CausalLm student, TinyStore tiny, int steps, CheckpointOptions saving,
                   Consumer<String> out) throws IOException {
            var alignment = new Alignment(tiny.teacher(), student, TinyStore.TIME);
            var listener = new AlignmentListener() {
                @Override
                public void resumed(int step) {
                    out.accept("resumed " + step);
                }

                @Override
                public void stepDone(AlignmentProgress progress) {
                    out.accept("step " + progress.step());
                }
            };
            if (saving == null) {
                alignment.train(AlignmentOptions.of(steps, 0.01), TinyStore.data()::stream, listener);
            } else {
                alignment.train(AlignmentOptions.of(steps, 0.01), TinyStore.data()::stream, listener, saving);
            }
        }
    },
    DISTILL {
        @Override
        void train(CausalLm student, TinyStore tiny, int steps, CheckpointOptions saving,
                   Consumer<String> out) throws IOException {
            var listener = new TrainingListener() {
                @Override
                public void resumed(int step) {
                    out.accept("resumed " + step);
                }

                @Override
                public void stepDone(TrainingProgress progress) {
                    out.accept("step " + progress.step());
                }
            };
            try (var store = tiny.open()) {
                var run = TrainingRun.of(listener);
                new Distillation(student, store, DistillationOptions.of(steps, 2, 3e-3, 5).withAccumulate(2))
                        .train(saving == null ? run : run.withCheckpoints(saving));
            }
        }
    };

    /** Trains, saved where {@code saving} is not null, and tells what happens. */
    abstract void train(CausalLm student, TinyStore tiny, int steps, CheckpointOptions saving,
                        Consumer<String> out) throws IOException;

    /** The checksum of the student after so many steps without a break. */
    public String straight(TinyStore tiny, int steps) throws IOException {
        var student = tiny.student();
        train(student, tiny, steps, null, line -> { });
        return RunSettings.checksum(student.parameters());
    }

    /** {@code args}: stage, folder of the store, steps, folder of the checkpoints. */
    public static void main(String[] args) throws IOException {
        var tiny = new TinyStore(Path.of(args[1]));
        var student = tiny.student();
        valueOf(args[0]).train(student, tiny, Integer.parseInt(args[2]),
                new CheckpointOptions(Path.of(args[3]), 3, 2, true), System.out::println);
        System.out.println("done " + RunSettings.checksum(student.parameters()));
    }
}
