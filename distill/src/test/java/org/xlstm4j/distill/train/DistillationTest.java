package org.xlstm4j.distill.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nd4j.linalg.api.buffer.DataType;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.StudentStart;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.targets.Capture;
import org.xlstm4j.distill.targets.TargetStore;
import org.xlstm4j.distill.testing.TinyTraining;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;

class DistillationTest {
    @TempDir
    private static Path shared;
    private static CausalLm teacher;
    private static Path file;

    @BeforeAll
    static void capture() throws IOException, URISyntaxException {
        var marker = Objects.requireNonNull(DistillationTest.class.getResource("/checkpoint/README.md"));
        var fixtures = Path.of(marker.toURI()).getParent();
        for (var name : List.of("llama3-tied/config.json", "llama3-tied/model.safetensors",
                "teacher-llama-1m/tokenizer.json")) {
            var source = fixtures.resolve(name);
            Files.copy(source, shared.resolve(source.getFileName().toString()));
        }
        var checkpoint = Checkpoint.open(shared);
        teacher = checkpoint.load();
        var random = new Random(6);
        var documents = new ArrayList<Tokens>();
        for (int i = 0; i < 8; i++) {
            documents.add(new Tokens(random.ints(6 + i % 3, 3, 320).toArray(), 2));
        }
        file = shared.resolve("store");
        Capture.write(file, checkpoint, new PackedDataset(documents, new PackingOptions(11, 2, false, 8)), 4,
                row -> { });
    }

    private static CausalLm student() {
        return StudentStart.from(teacher, new HybridConfig(3, 1, 4));
    }

    private static List<TrainingProgress> train(CausalLm model, DistillationOptions options) throws IOException {
        var progress = new ArrayList<TrainingProgress>();
        try (var store = TargetStore.open(file)) {
            new Distillation(model, store, options).train(progress::add);
        }
        return progress;
    }

    @Test
    void theLossFalls() throws IOException {
        var progress = train(student(), DistillationOptions.of(10, 4, 3e-3, 1));
        assertThat(progress).hasSize(10);
        assertThat(progress.get(9).loss()).isLessThan(0.9 * progress.get(0).loss());
        assertThat(progress.get(9).tokens()).isGreaterThan(progress.get(8).tokens());
        assertThat(progress.get(0).learningRate()).isEqualTo(3e-3);
    }

    @Test
    void activationsMayBeShort() throws IOException {
        var exact = train(student(), DistillationOptions.of(4, 4, 3e-3, 1));
        var rounded = train(student(), DistillationOptions.of(4, 4, 3e-3, 1).withActivations(DataType.BFLOAT16));
        for (int step = 0; step < 4; step++) {
            assertThat(rounded.get(step).loss()).as("step %d", step)
                    .isCloseTo(exact.get(step).loss(), withinPercentage(2)).isNotEqualTo(exact.get(step).loss());
        }
    }

    @Test
    void theSameSeedGivesTheSameStudent() throws IOException {
        var first = student();
        var second = student();
        assertThat(train(first, DistillationOptions.of(3, 2, 1e-3, 9)))
                .isEqualTo(train(second, DistillationOptions.of(3, 2, 1e-3, 9)));
        assertThat(TinyTraining.elements(first)).isEqualTo(TinyTraining.elements(second));
    }

    @Test
    void theTeacherItselfHasNoDivergence() throws IOException {
        var progress = train(teacher.copy(), DistillationOptions.of(1, 2, 1e-3, 1).withWeights(0, 1));
        assertThat(progress.get(0).loss()).isCloseTo(0, within(1e-5));
        assertThat(train(student(), DistillationOptions.of(1, 2, 1e-3, 1).withWeights(0, 1)).get(0).loss())
                .isGreaterThan(1e-4);
    }

    @Test
    void refusesSettingsThatTrainNothing() {
        var options = DistillationOptions.of(1, 1, 1e-3, 1);
        assertThatThrownBy(() -> options.withWeights(0, 0)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nor both 0");
        assertThatThrownBy(() -> options.withWeights(-1, 2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DistillationOptions.of(0, 1, 1e-3, 1)).hasMessageContaining("steps");
        assertThatThrownBy(() -> DistillationOptions.of(1, 0, 1e-3, 1)).hasMessageContaining("batch");
    }
}
