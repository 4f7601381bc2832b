package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.distill.targets.TargetBatch;
import org.xlstm4j.distill.testing.TinyStore;
import org.xlstm4j.distill.testing.TinyTraining;

/** Steps whose loss or gradient is not finite. */
class BadStepsTest {
    @TempDir
    private static Path shared;
    private static TinyStore tiny;

    @BeforeAll
    static void capture() throws IOException {
        tiny = TinyStore.in(shared);
    }

    /** Always the same rows, with the teacher's numbers broken in some batches. */
    private static final class Broken implements TargetSource {
        private final TargetBatch good;
        private final Set<Integer> bad;
        private int next;

        Broken(Set<Integer> bad) throws IOException {
            try (var store = tiny.open()) {
                this.good = store.read(List.of(0, 1));
            }
            this.bad = bad;
        }

        @Override
        public TargetBatch next() {
            if (!bad.contains(next++)) {
                return good;
            }
            var broken = good.logProbabilities().clone();
            Arrays.fill(broken, Float.NaN);
            return new TargetBatch(good.tokens(), good.ids(), broken);
        }

        @Override
        public int batch() {
            return 2;
        }

        @Override
        public int time() {
            return TinyStore.TIME;
        }

        @Override
        public int topK() {
            return TinyStore.TOP_K;
        }

        @Override
        public String description() {
            return "broken";
        }

        @Override
        public JsonNode place() {
            return JsonNodeFactory.instance.objectNode().put("batch", next);
        }

        @Override
        public void goTo(JsonNode place) {
            next = place.path("batch").intValue();
        }

        @Override
        public void close() {
        }
    }

    private static DistillationOptions options(int steps) {
        return DistillationOptions.of(steps, 2, 1e-3, 1)
                .withOptimizer(AdamWOptions.of(new WarmupConstant(1e-3, 0))).withBadSteps(2);
    }

    @Test
    void areAsIfTheyHadNotBeen() throws IOException {
        var clean = tiny.student();
        new Distillation(clean, new Broken(Set.of()), options(3)).train(step -> { });
        var student = tiny.student();
        var skipped = new ArrayList<SkippedStep>();
        var losses = new ArrayList<Double>();
        var listener = new TrainingListener() {
            @Override
            public void stepSkipped(SkippedStep step) {
                skipped.add(step);
            }

            @Override
            public void stepDone(TrainingProgress progress) {
                losses.add(progress.loss());
            }
        };
        var result = new Distillation(student, new Broken(Set.of(1, 2, 4)), options(6)).train(TrainingRun.of(listener));
        assertThat(TinyTraining.elements(student)).isEqualTo(TinyTraining.elements(clean));
        assertThat(result.skipped()).isEqualTo(3);
        assertThat(skipped).extracting(SkippedStep::step).containsExactly(2, 3, 5);
        assertThat(skipped).extracting(SkippedStep::inARow).containsExactly(1, 2, 1);
        assertThat(skipped.get(0).place()).isEqualTo("{\"batch\":1}");
        assertThat(losses).hasSize(6);
        assertThat(losses.get(1)).isNaN();
        assertThat(losses.get(3)).isFinite();
    }

    @Test
    void tooManyInARowStopTrainingAndSayWhatWasSeen() throws IOException {
        var student = tiny.student();
        var good = tiny.student();
        new Distillation(good, new Broken(Set.of()), options(1)).train(step -> { });
        var distillation = new Distillation(student, new Broken(Set.of(1, 2, 3)), options(9));
        assertThatExceptionOfType(TrainingDivergedException.class).isThrownBy(() -> distillation.train(step -> { }))
                .withMessageContaining("3 steps in a row were not finite, the last of them step 4 at {\"batch\":3}")
                .withMessageContaining("its loss is NaN")
                .satisfies(failure -> assertThat(failure.last().step()).isEqualTo(4));
        assertThat(TinyTraining.elements(student)).isEqualTo(TinyTraining.elements(good));
    }

    @Test
    void theFirstStopsWhereNoneIsPassedOver() throws IOException {
        var distillation = new Distillation(tiny.student(), new Broken(Set.of(0)), options(9).withBadSteps(0));
        assertThatExceptionOfType(TrainingDivergedException.class).isThrownBy(() -> distillation.train(step -> { }))
                .withMessageContaining("1 step was not finite");
    }

    @Test
    void inHalfTheScaleFallsWhereItOverflowsAndRisesWhereItHolds() {
        var guard = new StepGuard(0, DataType.HALF);
        double first = guard.scale();
        assertThat(first).isGreaterThan(1);
        assertThat(guard.bad(1, "there", 3.0, Double.POSITIVE_INFINITY).inARow()).isZero();
        assertThat(guard.scale()).isEqualTo(first / 2);
        for (int step = 0; step < 2000; step++) {
            assertThat(guard.scale()).isEqualTo(first / 2);
            guard.good();
        }
        assertThat(guard.scale()).isEqualTo(first);
        assertThat(guard.state().skipped()).isEqualTo(1);
        // A scale of one overflows because of the data, not of the scale.
        for (int halvings = 0; guard.scale() > 1; halvings++) {
            guard.bad(halvings, "there", 3.0, Double.NaN);
        }
        assertThatExceptionOfType(TrainingDivergedException.class)
                .isThrownBy(() -> guard.bad(9, "there", 3.0, Double.NaN));
    }

    @Test
    void lossesAreNotScaledOtherwise() {
        var guard = new StepGuard(1, DataType.BFLOAT16);
        for (int step = 0; step < 5000; step++) {
            guard.good();
        }
        assertThat(guard.scale()).isEqualTo(1);
        assertThat(guard.bad(1, "there", Double.NaN, Double.NaN).inARow()).isEqualTo(1);
        assertThat(guard.scale()).isEqualTo(1);
    }
}
