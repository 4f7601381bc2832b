package org.xlstm4j.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicReference;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.train.Distillation;
import org.xlstm4j.distill.train.TrainingListener;
import org.xlstm4j.distill.train.TrainingRun;
import org.xlstm4j.safetensors.DType;

/** Stage II of one expert. */
record ExpertPart(ExpertsJob job, ExpertsJob.Expert expert) implements Part {

    /** Where the expert's checkpoints are, until all experts are done. */
    static Path checkpoints(ExpertsJob.Expert expert) {
        return expert.out().resolveSibling(expert.out().getFileName() + ".checkpoints");
    }

    @Override
    public TrainedExpert run() throws IOException {
        try (var store = TargetStore.open(expert.targets())) {
            var start = Checkpoint.open(job.start());
            store.requireFits(start, job.anyTeacher());
            var model = start.load();
            var loss = new AtomicReference<>(Double.NaN);
            var run = TrainingRun.of(TrainingListener.ofSteps(step -> loss.set(step.loss())))
                    .withCheckpoints(new CheckpointOptions(checkpoints(expert), job.saveEvery(), 1, true));
            var result = new Distillation(model, store, expert.options()).train(run);
            if (Files.notExists(expert.out())) {
                Checkpoint.write(expert.out(), model, start, DType.F32);
            }
            return new TrainedExpert(expert.out(), result.steps(), result.tokens(), loss.get());
        }
    }

    @Override
    public String name() {
        return "expert " + expert.out().getFileName();
    }
}
