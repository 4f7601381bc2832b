package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.targets.TeacherTargets;
import org.xlstm4j.distill.testing.TinyStore;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.ops.loss.Divergence;

/** What may be chosen for stage II. */
class DistillationChoicesTest {
    @TempDir
    private static Path shared;
    private static TinyStore tiny;

    @BeforeAll
    static void capture() throws IOException {
        tiny = TinyStore.in(shared);
    }

    private static DistillationOptions options(int steps, int batch) {
        var options = DistillationOptions.of(steps, batch, 3e-3, 1);
        return options.withOptimizer(options.optimizer().withSchedule(new WarmupConstant(3e-3, 2)));
    }

    private static List<TrainingProgress> train(CausalLm student, DistillationOptions options) throws IOException {
        var progress = new ArrayList<TrainingProgress>();
        try (var store = tiny.open()) {
            new Distillation(student, store, options).train(progress::add);
        }
        return progress;
    }

    @Test
    void accumulatedBatchesAreOneLargeBatch() throws IOException {
        var large = tiny.student();
        var small = tiny.student();
        var expected = train(large, options(3, 4));
        var actual = train(small, options(3, 2).withAccumulate(2));
        for (int step = 0; step < 3; step++) {
            assertThat(actual.get(step).loss()).isCloseTo(expected.get(step).loss(), within(1e-5));
            assertThat(actual.get(step).gradientNorm()).isCloseTo(expected.get(step).gradientNorm(), within(1e-3));
            assertThat(actual.get(step).tokens()).isEqualTo(expected.get(step).tokens());
        }
        // Beyond the first step Adam makes much of the last bits of small gradients: the sum's order shows.
        large.parameters().forEach((name, array) -> assertThat(array.sub(small.parameters().get(name)).amaxNumber()
                .doubleValue()).as(name).isLessThan(3 * 3e-3));
    }

    @Test
    void recomputedSegmentsHaveTheSameLossesAndWeights() throws IOException {
        for (var type : List.of(DataType.FLOAT, DataType.BFLOAT16)) {
            var kept = tiny.student();
            var expected = train(kept, options(3, 2).withActivations(type));
            for (int layers : new int[] {1, 2, 5}) {
                var student = tiny.student();
                assertThat(train(student, options(3, 2).withActivations(type).withRecompute(layers)))
                        .as("%d of %s", layers, type).isEqualTo(expected);
                assertThat(TinyTraining.elements(student)).isEqualTo(TinyTraining.elements(kept));
            }
        }
    }

    @Test
    void recomputedSegmentsMayBeFrozen() throws IOException {
        for (var selection : List.of(new ParameterSelection(List.of("model.layers.1.*"), List.of()),
                new ParameterSelection(List.of("model.layers.0.*"), List.of()),
                new ParameterSelection(List.of("mixers"), List.of()),
                new ParameterSelection(List.of("model.embed*"), List.of()))) {
            var kept = tiny.student();
            var expected = train(kept, options(3, 2).withTrained(selection));
            var student = tiny.student();
            assertThat(train(student, options(3, 2).withTrained(selection).withRecompute(1)))
                    .as("%s", selection).isEqualTo(expected);
            assertThat(TinyTraining.elements(student)).isEqualTo(TinyTraining.elements(kept));
        }
    }

    @Test
    void recomputedStudentsAreMeasuredAlike() throws IOException {
        try (var store = tiny.open()) {
            assertThat(new Distillation(tiny.student(), store, options(1, 2).withRecompute(1)).measure(tiny.rows(0, 1)))
                    .isEqualTo(new Distillation(tiny.student(), store, options(1, 2)).measure(tiny.rows(0, 1)));
        }
    }

    @Test
    void heldOutRowsThatDoNotFitAreRefusedBeforeTheFirstStep() throws IOException {
        var rows = tiny.rows(0, 1).get(0);
        var fewerIds = new TargetBatch(rows.tokens(), Arrays.copyOf(rows.ids(), rows.ids().length / 2),
                Arrays.copyOf(rows.logProbabilities(), rows.ids().length / 2));
        var steps = new ArrayList<TrainingProgress>();
        var run = TrainingRun.of(TrainingListener.ofSteps(steps::add))
                .withHeldOut(new HeldOutOptions(List.of(fewerIds), 2, 0));
        try (var store = tiny.open()) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Distillation(tiny.student(), store,
                    options(2, 2)).train(run)).withMessageContaining("with 4 ids a token: capture both alike");
        }
        assertThat(steps).isEmpty();
    }

    @Test
    void onlyWhatIsSelectedTrains() throws IOException {
        var student = tiny.student();
        var before = TinyTraining.elements(student);
        train(student, options(2, 2).withTrained(new ParameterSelection(List.of("mixers", "*.mlp.*"),
                List.of("model.layers.1.*", "*up_proj*"))));
        var after = TinyTraining.elements(student);
        for (var name : before.keySet()) {
            boolean selected = (ParameterNames.isMixer(name) || name.contains(".mlp."))
                    && !name.startsWith("model.layers.1.") && !name.contains("up_proj");
            if (!selected) {
                assertThat(after.get(name)).as(name).isEqualTo(before.get(name));
            } else if (!name.endsWith("input_gate.bias")) {
                assertThat(after.get(name)).as(name).isNotEqualTo(before.get(name));
            }
        }
    }

    @Test
    void patternsThatMatchNothingAreRefused() throws IOException {
        try (var store = tiny.open()) {
            for (var selection : List.of(new ParameterSelection(List.of("*.atention.*"), List.of()),
                    new ParameterSelection(List.of(), List.of("*.atention.*")))) {
                assertThatIllegalArgumentException().isThrownBy(() ->
                        new Distillation(tiny.student(), store, options(1, 2).withTrained(selection)))
                        .withMessageContaining("no parameter is called *.atention.*");
            }
            assertThatIllegalArgumentException().isThrownBy(() -> new Distillation(tiny.student(), store,
                    options(1, 2).withTrained(new ParameterSelection(List.of(), List.of("*")))))
                    .withMessageContaining("every parameter is excluded");
        }
    }

    @Test
    void adaptersAddAMatrixOfTheirRank() throws IOException {
        var student = tiny.student();
        var before = student.copy();
        var progress = train(student, options(8, 4).withTrained(
                new ParameterSelection(List.of(ParameterSelection.MIXERS), List.of())).withLora(LoraOptions.of(1)));
        assertThat(progress.get(7).loss()).isLessThan(progress.get(0).loss());
        student.parameters().forEach((name, array) -> {
            var change = array.sub(before.parameters().get(name));
            if (name.endsWith("_proj.weight")) {
                assertThat(change.amaxNumber().doubleValue()).as(name).isGreaterThan(1e-6);
                assertThat(distanceFromRankOne(change)).as(name)
                        .isLessThan(1e-3 * change.amaxNumber().doubleValue() + 1e-6);
            } else if (!ParameterNames.isMixer(name)) {
                assertThat(change.amaxNumber().doubleValue()).as(name).isZero();
            }
        });
    }

    /** Largest entry of what is left after the cross of the largest entry is taken off. */
    private static double distanceFromRankOne(INDArray matrix) {
        int row = 0;
        int column = 0;
        for (int i = 0; i < matrix.rows(); i++) {
            for (int j = 0; j < matrix.columns(); j++) {
                if (Math.abs(matrix.getDouble(i, j)) > Math.abs(matrix.getDouble(row, column))) {
                    row = i;
                    column = j;
                }
            }
        }
        double largest = 0;
        for (int i = 0; i < matrix.rows(); i++) {
            for (int j = 0; j < matrix.columns(); j++) {
                largest = Math.max(largest, Math.abs(matrix.getDouble(i, j) - matrix.getDouble(i, column)
                        * matrix.getDouble(row, j) / matrix.getDouble(row, column)));
            }
        }
        return largest;
    }

    @Test
    void aFullRankAdapterHasTheGradientOfItsProjection() throws IOException {
        // By differences: the loss along B at A fixed, from the same batch.
        var lora = options(1, 4).withTrained(new ParameterSelection(List.of(ParameterSelection.MIXERS), List.of()))
                .withLora(new LoraOptions(2, 3, List.of("*.layers.0.mlp.up_proj.weight")));
        var student = tiny.student();
        var trained = Trained.of(student, lora);
        var name = "model.layers.0.mlp.up_proj.weight";
        var b = trained.parameters().get(name + ".lora_B");
        b.assign(0.05);
        trained.update();
        try (var store = tiny.open(); var graph = new DistillationGraph(student, TargetSource.of(store, 4, 1), lora,
                trained.differentiated())) {
            var batch = store.read(List.of(0, 1, 2, 3));
            double weights = DistillationGraph.weightSum(batch);
            for (var adapter : List.of(name + ".lora_A", name + ".lora_B")) {
                var gradient = trained.gradients(graph.run(batch, 1, weights).gradients()).get(adapter)
                        .getDouble(1, 1);
                var array = trained.parameters().get(adapter);
                double value = array.getDouble(1, 1);
                double h = 0.02;
                double[] losses = new double[2];
                for (int side = 0; side < 2; side++) {
                    array.putScalar(1, 1, value + (2 * side - 1) * h);
                    trained.update();
                    losses[side] = graph.run(batch, 1, weights).loss();
                }
                array.putScalar(1, 1, value);
                trained.update();
                assertThat((losses[1] - losses[0]) / (2 * h)).as(adapter)
                        .isCloseTo(gradient, within(0.05 * Math.abs(gradient) + 2e-5));
                assertThat(Math.abs(gradient)).isGreaterThan(1e-5);
            }
        }
    }

    @Test
    void whatIsMeasuredIsTheLossOfTraining() throws IOException {
        try (var store = tiny.open()) {
            var distillation = new Distillation(tiny.student(), store, options(1, 2));
            var first = store.read(store.epoch(2, 1, 0).get(0));
            var measured = distillation.measure(List.of(first));
            var progress = new ArrayList<TrainingProgress>();
            distillation.train(progress::add);
            assertThat(0.9 * measured.crossEntropy() + 0.1 * measured.kl())
                    .isCloseTo(progress.get(0).loss(), within(1e-5));
        }
    }

    @Test
    void theDivergenceIsTheOneAskedFor() throws IOException {
        var kl = new ArrayList<Double>();
        try (var store = tiny.open()) {
            var rows = List.of(store.read(store.epoch(2, 1, 0).get(0)));
            for (var divergence : List.of(Divergence.FORWARD_KL, Divergence.REVERSE_KL, Divergence.jensenShannon(0.5),
                    Divergence.FORWARD_KL.withTemperature(2), Divergence.FORWARD_KL.withTail(Divergence.Tail.REST))) {
                var settings = options(1, 2).withDivergence(divergence);
                kl.add(new Distillation(tiny.student(), store, settings).measure(rows).kl());
            }
        }
        assertThat(kl).allMatch(value -> value > 0).doesNotHaveDuplicates();
        assertThat(kl.get(2)).isLessThan(Math.min(kl.get(0), kl.get(1)));
    }

    @Test
    void aGivenTailIsThatOfTheStoreAndNamedWhereItIsMissing() throws IOException {
        var given = options(1, 2).withDivergence(Divergence.FORWARD_KL.withTail(Divergence.Tail.GIVEN));
        var rest = options(1, 2).withDivergence(Divergence.FORWARD_KL.withTail(Divergence.Tail.REST));
        try (var store = tiny.open()) {
            var bare = store.read(store.epoch(2, 1, 0).get(0));
            var logs = bare.logProbabilities();
            int k = logs.length / bare.tokens().ids().length;
            var tails = new float[bare.tokens().ids().length];
            for (int token = 0; token < tails.length; token++) {
                double sum = 0;
                for (int i = token * k; i < (token + 1) * k; i++) {
                    sum += Math.exp(logs[i]);
                }
                tails[token] = (float) Divergence.logRest(sum);
            }
            var whole = new TargetBatch(bare.tokens(), bare.ids(), logs, tails);
            var ofRest = new Distillation(tiny.student(), store, rest).measure(List.of(bare)).kl();
            var ofGiven = new Distillation(tiny.student(), store, given).measure(List.of(whole)).kl();
            assertThat(ofGiven).isCloseTo(ofRest, within(1e-3 * ofRest));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> new Distillation(tiny.student(), store, given).measure(List.of(bare)))
                    .withMessageContaining("no tail");
        }
    }

    @Test
    void fewerRowsAreMeasuredThanAreTrainedOn() throws IOException {
        try (var store = tiny.open()) {
            var one = new Distillation(tiny.student(), store, options(1, 1)).measure(tiny.rows(2));
            var four = new Distillation(tiny.student(), store, options(1, 4));
            var filled = four.measure(tiny.rows(2));
            assertThat(filled.crossEntropy()).isCloseTo(one.crossEntropy(), within(1e-5));
            assertThat(filled.kl()).isCloseTo(one.kl(), within(1e-6));
            assertThatIllegalArgumentException().isThrownBy(() -> four.measure(tiny.rows(0, 1, 2, 0, 1)))
                    .withMessageContaining("does not fit");
        }
    }

    @Test
    void trainingStopsWhenHeldOutKlNoLongerFallsAndKeepsTheBest() throws IOException {
        var student = tiny.student();
        // A rate that ruins the student.
        var settings = options(40, 2).withOptimizer(AdamWOptions.of(new WarmupConstant(0.1, 0)));
        var losses = new ArrayList<HeldOutLoss>();
        var listener = new TrainingListener() {
            @Override
            public void evaluated(HeldOutLoss loss) {
                losses.add(loss);
            }
        };
        try (var store = tiny.open()) {
            var distillation = new Distillation(student, store, settings);
            var result = distillation.train(TrainingRun.of(listener)
                    .withHeldOut(new HeldOutOptions(tiny.rows(0, 1), 2, 3)));
            assertThat(result.stoppedEarly()).isTrue();
            assertThat(result.steps()).isLessThan(40).isEqualTo(result.best().orElseThrow().step() + 6);
            assertThat(losses).extracting(HeldOutLoss::kl).filteredOn(kl -> kl < result.best().get().kl()).isEmpty();
            assertThat(distillation.measure(tiny.rows(0, 1)).kl()).isEqualTo(result.best().get().kl());
        }
    }

    @Test
    void aLiveTeacherSaysWhatItsStoreSays() throws IOException {
        var teacher = new TeacherTargets(tiny.teacher(), TinyStore.TIME, TinyStore.TOP_K);
        var epoch = TinyStore.data().epoch(0);
        for (int batch = 0; batch < epoch.size(); batch++) {
            var live = teacher.of(epoch.batch(batch));
            int first = 2 * batch;
            int counted = Math.min(2, epoch.rows() - first);
            var stored = tiny.rows(IntStream.range(first, first + counted).toArray()).get(0);
            int size = stored.ids().length;
            assertThat(Arrays.copyOf(live.ids(), size)).isEqualTo(stored.ids());
            for (int i = 0; i < size; i++) {
                // Of padding a store keeps nothing.
                if (stored.tokens().segments()[i / TinyStore.TOP_K] > 0) {
                    assertThat(live.logProbabilities()[i]).isCloseTo(stored.logProbabilities()[i], within(1e-3f));
                }
            }
        }
    }

    @Test
    void aLiveTeacherTrains() throws IOException {
        var progress = new ArrayList<TrainingProgress>();
        try (var source = tiny.live()) {
            new Distillation(tiny.student(), source, options(12, 2)).train(progress::add);
        }
        assertThat(progress.get(11).loss()).isLessThan(0.9 * progress.get(0).loss());
    }
}
