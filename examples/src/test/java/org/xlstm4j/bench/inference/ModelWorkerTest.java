package org.xlstm4j.bench.inference;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.Inference;

class ModelWorkerTest {
    private static final ModelSize SIZE = new ModelSize(2, 24, 3, 3, 40, 61);

    @TempDir
    private Path folder;

    private Inference inference(Subject subject) throws IOException {
        var folders = ModelFolders.random(folder.resolve("models of this test"), SIZE.teacher(100),
                HybridConfig.of(7, 2), 1);
        return new Inference(Checkpoint.open(subject == Subject.TEACHER ? folders.teacher() : folders.student()).load(),
                16);
    }

    private static int[] tokens(Map<String, Object> reply) {
        assertThat(reply).doesNotContainKey("error");
        assertThat((double) reply.get("seconds")).isPositive();
        return (int[]) reply.get("tokens");
    }

    @ParameterizedTest
    @EnumSource(names = {"TEACHER", "STUDENT"})
    void answersWithTheModelsGreedyTokens(Subject subject) throws IOException {
        var inference = inference(subject);
        var worker = new ModelWorker(inference);
        var prompt = new Plan(List.of(21), 1, 1, 1, 1, 3).prompt(21, SIZE.vocabulary());
        var expected = inference.greedy(List.of(prompt), 9, -1).get(0);
        var request = "prefill 8 " + String.join(" ", Arrays.stream(prompt).mapToObj(Integer::toString).toList());
        assertThat(tokens(worker.answer(request))).containsExactly(expected[0]);
        assertThat(tokens(worker.answer("decode 3"))).containsExactly(Arrays.copyOfRange(expected, 1, 4));

        var state = folder.resolve("a state.bin");
        assertThat(worker.answer("save " + state)).containsEntry("file", state.toString());
        assertThat(tokens(worker.answer("decode 5"))).containsExactly(Arrays.copyOfRange(expected, 4, 9));
        tokens(worker.answer("resume 5 " + state));
        assertThat(tokens(worker.answer("decode 1"))).as("the token after the one that was not read yet")
                .containsExactly(expected[4]);
    }

    @ParameterizedTest
    @EnumSource(names = {"TEACHER", "STUDENT"})
    void goesOnFromARandomState(Subject subject) throws IOException {
        var worker = new ModelWorker(inference(subject));
        tokens(worker.answer("fill 80 20"));
        assertThat(Arrays.stream(tokens(worker.answer("decode 20"))).boxed()).hasSize(20).allMatch(id -> id >= 0 && id < SIZE.vocabulary());
        assertThat((long) worker.answer("memory").get("peakBytes")).isGreaterThan(1 << 20);
    }

    @Test
    void answersFailuresAndGoesOn() throws IOException {
        var worker = new ModelWorker(inference(Subject.TEACHER));
        assertThat(worker.answer("decode 1").get("error").toString()).contains("prefill or fill first");
        assertThat(worker.answer("prefill 90 1 2 3 4 5 6 7 8 9 10 11").get("error").toString()).contains("100 positions");
        assertThat(worker.answer("dance").get("error").toString()).contains("no request dance");
        tokens(worker.answer("prefill 1 5"));
    }

    @Test
    void foldersAreDeletedWhole() throws IOException {
        var folders = ModelFolders.random(folder.resolve("models"), SIZE.teacher(10), HybridConfig.of(7, 2), 1);
        assertThat(Checkpoint.open(folders.student()).config().isStudent()).isTrue();
        assertThat(folders.parameters()).isEqualTo(Checkpoint.open(folders.teacher()).load().parameterCount());
        folders.delete();
        assertThat(folder.resolve("models")).doesNotExist();
        assertThat(Files.exists(folder)).isTrue();
    }
}
