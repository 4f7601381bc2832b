package org.xlstm4j.distill.align;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.PackedBatch;
import org.xlstm4j.distill.resume.CheckpointOptions;
import org.xlstm4j.distill.resume.ResumeException;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.distill.train.SkippedStep;
import org.xlstm4j.distill.train.TrainingDivergedException;
import org.xlstm4j.distill.train.WarmupConstant;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;

class AlignmentTest {
    private static final int TIME = TinyTraining.TIME;

    @TempDir
    private Path folder;

    private static Iterator<PackedBatch> batches() {
        return Stream.iterate(0, epoch -> epoch + 1)
                .flatMap(epoch -> Stream.iterate(0, i -> i + 1).limit(TinyTraining.data(5).epoch(epoch).size())
                        .map(i -> TinyTraining.data(5).epoch(epoch).batch(i))).iterator();
    }

    private static List<AlignmentProgress> align(CausalLm student, int steps) {
        var progress = new ArrayList<AlignmentProgress>();
        new Alignment(TinyTraining.teacher(), student, TIME)
                .train(AlignmentOptions.of(steps, 0.02), batches(), progress::add);
        return progress;
    }

    @Test
    void everyLayersErrorFalls() {
        var student = TinyTraining.student();
        var alignment = new Alignment(TinyTraining.teacher(), student, TIME);
        var data = TinyTraining.data(5).epoch(0);
        var before = alignment.relativeErrors(data);
        var progress = new ArrayList<AlignmentProgress>();
        alignment.train(AlignmentOptions.of(20, 0.02), batches(), progress::add);
        var after = alignment.relativeErrors(data);
        assertThat(before).hasSize(2).allSatisfy(error -> assertThat(error).isBetween(1e-4, 10.0));
        for (int layer = 0; layer < 2; layer++) {
            assertThat(after.get(layer)).as("layer %d", layer).isLessThan(0.9 * before.get(layer));
        }
        assertThat(progress).extracting(AlignmentProgress::step).startsWith(1, 2).endsWith(20);
        assertThat(progress.get(1).tokens()).isGreaterThan(progress.get(0).tokens());
    }

    @Test
    void onlyMixersChange() {
        var student = TinyTraining.student();
        var before = TinyTraining.elements(student);
        align(student, 3);
        var after = TinyTraining.elements(student);
        for (var name : before.keySet()) {
            if (!ParameterNames.isMixer(name)) {
                assertThat(after.get(name)).as(name).isEqualTo(before.get(name));
            } else if (!name.endsWith("input_gate.bias")) {
                // That bias scales the memory and its normaliser alike and cancels out.
                assertThat(after.get(name)).as(name).isNotEqualTo(before.get(name));
            }
        }
    }

    @Test
    void theSameBatchesGiveTheSameStudent() {
        var first = TinyTraining.student();
        var second = TinyTraining.student();
        assertThat(align(first, 4)).isEqualTo(align(second, 4));
        assertThat(TinyTraining.elements(first)).isEqualTo(TinyTraining.elements(second));
    }

    @Test
    void threadsDoNotChangeTheResult() {
        var expected = TinyTraining.student();
        var losses = new ArrayList<AlignmentProgress>();
        new Alignment(TinyTraining.teacher(), expected, TIME, 1)
                .train(AlignmentOptions.of(6, 0.02), batches(), losses::add);
        for (int threads : new int[] {2, 3}) {
            var student = TinyTraining.student();
            var progress = new ArrayList<AlignmentProgress>();
            new Alignment(TinyTraining.teacher(), student, TIME, threads)
                    .train(AlignmentOptions.of(6, 0.02), batches(), progress::add);
            assertThat(progress).isEqualTo(losses);
            assertThat(TinyTraining.elements(student)).isEqualTo(TinyTraining.elements(expected));
        }
    }

    @Test
    void layersTrainedApartAreThoseTrainedTogether() {
        var expected = TinyTraining.student();
        var together = align(expected, 5);
        var batches = List.of(TinyTraining.data(5).epoch(0).batch(0));
        var errors = new Alignment(TinyTraining.teacher(), expected, TIME).relativeErrors(batches);
        for (int layer = 0; layer < 2; layer++) {
            var student = TinyTraining.student();
            var before = TinyTraining.elements(student);
            var progress = new ArrayList<AlignmentProgress>();
            var alignment = new Alignment(TinyTraining.teacher(), student, TIME, 1, new LayerRange(layer, layer + 1));
            alignment.train(AlignmentOptions.of(5, 0.02), batches(), progress::add);
            for (int step = 0; step < 5; step++) {
                assertThat(progress.get(step).losses()).containsExactly(together.get(step).losses().get(layer));
            }
            assertThat(alignment.relativeErrors(batches)).containsExactly(errors.get(layer));
            var all = TinyTraining.elements(expected);
            var prefix = ParameterNames.layer(layer).prefix();
            TinyTraining.elements(student).forEach((name, values) -> assertThat(values).as(name)
                    .isEqualTo(name.startsWith(prefix) ? all.get(name) : before.get(name)));
        }
        assertThatThrownBy(() -> new Alignment(TinyTraining.teacher(), expected, TIME, 1, new LayerRange(1, 3)))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no layer 2");
    }

    private AlignmentOptions constant(int steps) {
        var options = AlignmentOptions.of(steps, 0.02);
        return options.withOptimizer(options.optimizer().withSchedule(new WarmupConstant(0.02, 2)));
    }

    @Test
    void goesOnExactlyFromACheckpoint() throws IOException {
        var straight = TinyTraining.student();
        new Alignment(TinyTraining.teacher(), straight, TIME)
                .train(constant(9), TinyTraining.data(5)::stream, new AlignmentListener() { });
        var first = TinyTraining.student();
        new Alignment(TinyTraining.teacher(), first, TIME).train(constant(5), TinyTraining.data(5)::stream,
                new AlignmentListener() { }, new CheckpointOptions(folder, 2, 2, false));
        var resumed = TinyTraining.student();
        var steps = new ArrayList<Integer>();
        new Alignment(TinyTraining.teacher(), resumed, TIME).train(constant(9), TinyTraining.data(5)::stream,
                AlignmentListener.ofSteps(step -> steps.add(step.step())), new CheckpointOptions(folder, 2, 2, true));
        assertThat(steps).containsExactly(6, 7, 8, 9);
        assertThat(TinyTraining.elements(resumed)).isEqualTo(TinyTraining.elements(straight));
    }

    @Test
    void allListenersAreToldOfEverythingInOrder() throws IOException {
        var student = TinyTraining.student();
        student.parameters().get(ParameterNames.layer(1).outputGateBias()).putScalar(0, Float.NaN);
        var told = new ArrayList<String>();
        var both = AlignmentListener.all(List.of(recording("a", told), recording("b", told)));
        for (int steps = 1; steps <= 2; steps++) {
            new Alignment(TinyTraining.teacher(), student, TIME).train(constant(steps), TinyTraining.data(5)::stream,
                    both, new CheckpointOptions(folder, 1, 1, true));
        }
        assertThat(told).containsExactly("a skipped 1", "b skipped 1", "a step 1", "b step 1", "a saved 1",
                "b saved 1", "a resumed 1", "b resumed 1", "a skipped 1", "b skipped 1", "a step 2", "b step 2",
                "a saved 2", "b saved 2");
    }

    private static AlignmentListener recording(String name, List<String> told) {
        return new AlignmentListener() {
            @Override
            public void stepDone(AlignmentProgress progress) {
                told.add(name + " step " + progress.step());
            }

            @Override
            public void stepSkipped(int layer, SkippedStep skipped) {
                told.add(name + " skipped " + layer);
            }

            @Override
            public void checkpointing(int step) {
                told.add(name + " saved " + step);
            }

            @Override
            public void resumed(int step) {
                told.add(name + " resumed " + step);
            }
        };
    }

    @Test
    void otherDataOrAnotherTeacherAreNotGoneOnWith() throws IOException {
        new Alignment(TinyTraining.teacher(), TinyTraining.student(), TIME).train(constant(2),
                TinyTraining.data(5)::stream, new AlignmentListener() { }, new CheckpointOptions(folder, 1, 1, false));
        var again = new CheckpointOptions(folder, 1, 1, true);
        assertThatThrownBy(() -> new Alignment(TinyTraining.teacher(), TinyTraining.student(), TIME).train(constant(4),
                TinyTraining.data(6)::stream, new AlignmentListener() { }, again))
                .isInstanceOf(ResumeException.class).hasMessageContaining("(data ");
        var teacher = TinyTraining.teacher();
        teacher.parameters().get(ParameterNames.FINAL_NORM).putScalar(0, 2);
        assertThatThrownBy(() -> new Alignment(teacher, TinyTraining.student(), TIME).train(constant(4),
                TinyTraining.data(5)::stream, new AlignmentListener() { }, again))
                .isInstanceOf(ResumeException.class).hasMessageContaining("teacher's weights");
    }

    @Test
    void aLayerThatIsNotFiniteStopsTrainingAndIsNamed() {
        var student = TinyTraining.student();
        student.parameters().get(ParameterNames.layer(1).outputGateBias()).putScalar(0, Float.NaN);
        var skipped = new ArrayList<Integer>();
        var listener = new AlignmentListener() {
            @Override
            public void stepSkipped(int layer, SkippedStep step) {
                skipped.add(layer);
            }
        };
        assertThatThrownBy(() -> new Alignment(TinyTraining.teacher(), student, TIME)
                .train(AlignmentOptions.of(9, 0.02).withBadSteps(2), TinyTraining.data(5)::stream, listener))
                .isInstanceOf(TrainingDivergedException.class).hasMessageContaining("3 steps in a row")
                .hasMessageContaining("layer 1");
        assertThat(skipped).containsExactly(1, 1);
    }

    @Test
    void aWindowOverEverythingWithAClosedGateHasNoError() {
        var student = StudentStart.from(TinyTraining.teacher(), new HybridConfig(TIME, 0, 4));
        for (int layer = 0; layer < 2; layer++) {
            student.parameters().get(ParameterNames.layer(layer).outputGateBias()).assign(-40);
        }
        var errors = new Alignment(TinyTraining.teacher(), student, TIME)
                .relativeErrors(TinyTraining.data(5).epoch(0));
        assertThat(errors).allSatisfy(error -> assertThat(error).isCloseTo(0, within(1e-10)));
    }

    @Test
    void anotherTeacherIsRefusedByWhatDiffers() {
        var config = TinyTraining.config();
        var other = new ModelConfig(config.family(), config.vocabSize(), config.hiddenSize(), 21, config.layers(),
                config.heads(), config.keyValueHeads(), config.headDim(), 128, config.normEps(), config.rope(),
                config.tiedHead(), config.hybrid());
        assertThatThrownBy(() -> new Alignment(CausalLm.random(other, 0.1, 1), TinyTraining.student(), TIME))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the student was not converted from this teacher: "
                        + "intermediateSize 20 against 21, maxPositions 64 against 128");
    }

    @Test
    void twoTeachersAndTwoStudentsAreRefused() {
        assertThatThrownBy(() -> new Alignment(TinyTraining.teacher(), TinyTraining.teacher(), TIME))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("convert its teacher first");
        assertThatThrownBy(() -> new Alignment(TinyTraining.student(), TinyTraining.student(), TIME))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("hybrid");
    }

    @Test
    void batchesThatDoNotFitAreRefused() {
        var longer = new Alignment(TinyTraining.teacher(), TinyTraining.student(), TIME + 1);
        assertThatThrownBy(() -> longer.train(AlignmentOptions.of(1, 0.01), batches(), step -> { }))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("15 tokens a row instead of 16");
        var alignment = new Alignment(TinyTraining.teacher(), TinyTraining.student(), TIME);
        var one = List.of(TinyTraining.data(5).epoch(0).batch(0)).iterator();
        assertThatThrownBy(() -> alignment.train(AlignmentOptions.of(2, 0.01), one, step -> { }))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("data for 1 of 2 steps");
    }
}
