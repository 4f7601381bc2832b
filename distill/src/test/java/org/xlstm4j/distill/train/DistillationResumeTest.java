package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.distill.resume.ResumeException;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.targets.TargetStoreWriter;
import org.xlstm4j.distill.testing.TinyStore;
import org.xlstm4j.distill.testing.TinyTraining;

/** Whatever is chosen for stage II, a training that is interrupted goes on exactly. */
class DistillationResumeTest {
    @TempDir
    private static Path shared;
    private static TinyStore tiny;

    @TempDir
    private Path folder;

    @BeforeAll
    static void capture() throws IOException {
        tiny = TinyStore.in(shared);
    }

    private static DistillationOptions options(int steps, int batch) {
        var options = DistillationOptions.of(steps, batch, 3e-3, 1);
        return options.withOptimizer(options.optimizer().withSchedule(new WarmupConstant(3e-3, 2)));
    }

    private TrainingRun saved(int every, boolean resume) {
        return TrainingRun.of(new TrainingListener() { })
                .withCheckpoints(new CheckpointOptions(folder.resolve("checkpoints"), every, 2, resume));
    }

    private interface Sources {
        TargetSource open(TargetStore store);
    }

    private void goesOnExactly(DistillationOptions settings, int stop, boolean measures, Sources sources)
            throws IOException {
        var straight = tiny.student();
        var resumed = tiny.student();
        var heldOut = new HeldOutOptions(tiny.rows(0, 1), 2, 2);
        try (var store = tiny.open(); var source = sources.open(store)) {
            var run = TrainingRun.of(new TrainingListener() { });
            new Distillation(straight, source, settings).train(measures ? run.withHeldOut(heldOut) : run);
        }
        for (boolean again : new boolean[] {false, true}) {
            var student = again ? resumed : tiny.student();
            try (var store = tiny.open(); var source = sources.open(store)) {
                var run = saved(2, again);
                var steps = again ? settings : withSteps(settings, stop);
                var result = new Distillation(student, source, steps).train(measures ? run.withHeldOut(heldOut) : run);
                assertThat(result.steps()).isGreaterThanOrEqualTo(stop);
            }
        }
        assertThat(TinyTraining.elements(resumed)).isEqualTo(TinyTraining.elements(straight));
    }

    private static DistillationOptions withSteps(DistillationOptions settings, int steps) {
        return new DistillationOptions(steps, settings.batch(), settings.accumulate(), settings.crossEntropyWeight(),
                settings.klWeight(), settings.divergence(), settings.optimizer(), settings.seed(),
                settings.activations(), settings.trained(), settings.lora(), settings.badSteps(), settings.recompute());
    }

    @Test
    void goesOnExactlyWithAccumulationOverEpochs() throws IOException {
        goesOnExactly(options(7, 2).withAccumulate(3), 3, false, store -> TargetSource.of(store, 2, 1));
    }

    @Test
    void goesOnExactlyWithAdapters() throws IOException {
        goesOnExactly(options(6, 2).withLora(LoraOptions.of(2)), 4, false, store -> TargetSource.of(store, 2, 1));
    }

    @Test
    void goesOnExactlyWithMeasurementsAndTheirPatience() throws IOException {
        goesOnExactly(options(12, 2).withOptimizer(AdamWOptions.of(new WarmupConstant(0.2, 0))), 4, true,
                store -> TargetSource.of(store, 2, 1));
    }

    @Test
    void goesOnExactlyWithALiveTeacher() throws IOException {
        goesOnExactly(options(6, 2), 3, false, store -> tiny.live());
    }

    @Test
    void goesOnExactlyInHalf() throws IOException {
        goesOnExactly(options(6, 2).withActivations(DataType.HALF), 3, false, store -> TargetSource.of(store, 2, 1));
    }

    @Test
    void aStoreOfMoreRowsIsNotGoneOnWith() throws IOException {
        try (var store = tiny.open()) {
            new Distillation(tiny.student(), store, options(2, 2)).train(saved(1, false));
        }
        // Of the same header: rows of a capture that was ended, and of one that went on with it.
        var larger = folder.resolve("larger");
        try (var store = tiny.open(); var writer = TargetStoreWriter.open(larger, store.header())) {
            writer.append(store);
            writer.append(store);
            writer.finish();
        }
        try (var store = TargetStore.open(larger)) {
            assertThatExceptionOfType(ResumeException.class)
                    .isThrownBy(() -> new Distillation(tiny.student(), store, options(4, 2)).train(saved(1, true)))
                    .withMessageContaining("targets ").withMessageContaining(store.rows() + " rows of");
        }
    }

    @Test
    void otherSettingsAreNotGoneOnWith() throws IOException {
        try (var store = tiny.open()) {
            new Distillation(tiny.student(), store, options(2, 2)).train(saved(1, false));
            var other = options(4, 2).withWeights(0.5, 0.5);
            assertThatExceptionOfType(ResumeException.class)
                    .isThrownBy(() -> new Distillation(tiny.student(), store, other).train(saved(1, true)))
                    .withMessageContaining("KL weight 0.1 against 0.5; cross-entropy weight 0.9 against 0.5");
            var frozen = options(4, 2).withTrained(new ParameterSelection(List.of("mixers"), List.of()));
            assertThatExceptionOfType(ResumeException.class)
                    .isThrownBy(() -> new Distillation(tiny.student(), store, frozen).train(saved(1, true)))
                    .withMessageContaining("trained").withMessageContaining("fixed weights");
        }
    }
}
