package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xlstm4j.model.DecodingStateException.Reason;
import org.xlstm4j.ops.Form;

class DecodingStateTest {
    private static final float TOLERANCE = 1e-4f;

    @TempDir
    Path folder;

    static Stream<CausalLm> models() {
        return InferenceTest.models();
    }

    private static List<int[]> tokens(int seed, int... lengths) {
        return Arrays.stream(lengths).mapToObj(length -> TinyModels.tokens(length, seed + length)).toList();
    }

    /** What follows each row when it is read by itself, from its first token on. */
    private static List<float[]> expected(CausalLm model, List<int[]> prompts, List<int[]> more) {
        var rows = new ArrayList<float[]>();
        for (int row = 0; row < prompts.size(); row++) {
            var logits = TinyModels.logits(model, TinyModels.concat(prompts.get(row), more.get(row)));
            rows.add(logits.get(logits.size() - 1));
        }
        return rows;
    }

    private static void assertEqual(Decoding decoding, List<float[]> expected) {
        var rows = TinyModels.rows(decoding.logits());
        assertThat(rows).hasSameSizeAs(expected);
        for (int row = 0; row < rows.size(); row++) {
            assertThat(rows.get(row)).as("row %d", row).containsExactly(expected.get(row), within(TOLERANCE));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void goesOnWhereDecodingStood(CausalLm model) {
        var inference = new Inference(model);
        var prompts = tokens(3, 1, 4, 9);
        var more = List.of(TinyModels.tokens(7, 1), new int[0], TinyModels.tokens(2, 2));
        DecodingState state;
        try (var decoding = inference.begin(prompts, 8)) {
            state = decoding.snapshot();
            // What is read after the snapshot leaves it alone.
            decoding.read(new int[] {1, 2, 3});
            decoding.read(new int[] {4, 5, 6});
        }
        for (int time = 0; time < 2; time++) {
            try (var resumed = inference.resume(state, more, 2)) {
                assertEqual(resumed, expected(model, prompts, more));
                resumed.read(new int[] {7, 8, 9});
                var longer = List.of(TinyModels.concat(more.get(0), new int[] {7}), new int[] {8},
                        TinyModels.concat(more.get(2), new int[] {9}));
                assertEqual(resumed, expected(model, prompts, longer));
            }
        }
        assertThat(state.lengths()).containsExactly(1, 4, 9);
    }

    @ParameterizedTest
    @MethodSource("models")
    void isRightAfterAnyNumberOfSteps(CausalLm model) {
        var inference = new Inference(model);
        var prompts = tokens(5, 6, 2);
        var read = List.of(TinyModels.tokens(9, 8), TinyModels.tokens(9, 9));
        try (var decoding = inference.begin(prompts, 9)) {
            for (int step = 0; step < 9; step++) {
                decoding.read(new int[] {read.get(0)[step], read.get(1)[step]});
                int count = step + 1;
                var so = read.stream().map(tokens -> TinyModels.concat(Arrays.copyOf(tokens, count), new int[] {3}))
                        .toList();
                try (var resumed = inference.resume(decoding.snapshot(), List.of(new int[] {3}, new int[] {3}), 0)) {
                    assertEqual(resumed, expected(model, prompts, so));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void statesOfAnyLengthsAreJoined(CausalLm model) {
        var inference = new Inference(model);
        var prompts = tokens(5, 6, 2, 11);
        var states = new ArrayList<DecodingState>();
        for (var prompt : prompts) {
            try (var decoding = inference.begin(List.of(prompt), 0)) {
                states.add(decoding.snapshot());
            }
        }
        var more = List.of(new int[] {4}, new int[0], new int[] {6, 1});
        var joined = DecodingState.join(states);
        assertThat(joined.lengths()).containsExactly(6, 2, 11);
        try (var resumed = inference.resume(joined, more, 1)) {
            assertEqual(resumed, expected(model, prompts, more));
        }
        assertThatThrownBy(() -> DecodingState.join(List.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @MethodSource("models")
    void rowsAreChosenAndRepeated(CausalLm model) {
        var inference = new Inference(model);
        var prompts = tokens(5, 6, 2, 11);
        try (var decoding = inference.begin(prompts, 1)) {
            var chosen = decoding.snapshot().rows(1, 2, 1);
            assertThat(chosen.lengths()).containsExactly(2, 11, 2);
            var more = List.of(new int[] {4}, new int[] {5}, new int[] {6});
            try (var resumed = inference.resume(chosen, more, 0)) {
                assertEqual(resumed, expected(model, List.of(prompts.get(1), prompts.get(2), prompts.get(1)), more));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void isReadFromItsFile(CausalLm model) throws IOException {
        var inference = new Inference(model);
        var prompts = tokens(5, 6, 12);
        var file = folder.resolve("state");
        try (var decoding = inference.begin(prompts, 0)) {
            decoding.snapshot().write(file);
        }
        var state = DecodingState.read(file, model);
        assertThat(state.lengths()).containsExactly(6, 12);
        var more = List.of(new int[] {4, 1}, new int[0]);
        try (var resumed = inference.resume(state, more, 0)) {
            assertEqual(resumed, expected(model, prompts, more));
        }
        assertThat(folder).isDirectoryContaining(path -> path.equals(file));
    }

    @Test
    void composedGraphsGoOnToo() {
        for (var model : List.of(TinyModels.teacher(), TinyModels.student())) {
            Form.with(Form.COMPOSED, () -> {
                goesOnWhereDecodingStood(model);
                return null;
            });
        }
    }

    @Test
    void filesOfOtherModelsAndDamagedOnesAreRefused() throws IOException {
        var model = TinyModels.student();
        var file = folder.resolve("state");
        try (var decoding = new Inference(model).begin(tokens(1, 7, 3), 0)) {
            decoding.snapshot().write(file);
        }
        assertRefused(file, TinyModels.teacher(), Reason.OTHER_MODEL, "other architecture");
        assertRefused(file, CausalLm.random(model.config(), 0.5, 99), Reason.OTHER_MODEL, "other parameters");
        var bytes = Files.readAllBytes(file);
        for (int at : new int[] {0, 20, bytes.length / 2, bytes.length - 9, bytes.length - 1}) {
            var changed = bytes.clone();
            changed[at] ^= 0x11;
            Files.write(file, changed);
            assertThatThrownBy(() -> DecodingState.read(file, model)).as("byte %d", at)
                    .isInstanceOf(DecodingStateException.class);
        }
        for (int length : new int[] {0, 7, 11, 15, 300, bytes.length - 1}) {
            Files.write(file, Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> DecodingState.read(file, model)).as("%d bytes", length)
                    .isInstanceOf(DecodingStateException.class);
        }
        Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
        assertRefused(file, model, Reason.DAMAGED, "bytes instead of");
        Files.write(file, bytes);
        assertThat(DecodingState.read(file, model).lengths()).containsExactly(7, 3);
    }

    private static void assertRefused(Path file, CausalLm model, Reason reason, String problem) {
        assertThatThrownBy(() -> DecodingState.read(file, model)).isInstanceOfSatisfying(DecodingStateException.class,
                thrown -> assertThat(thrown.reason()).isEqualTo(reason)).hasMessageContaining(problem)
                .hasMessageContaining(file.toString());
    }

    @Test
    void whatDoesNotFitIsRefused() {
        var inference = new Inference(TinyModels.teacher());
        DecodingState state;
        try (var decoding = inference.begin(tokens(1, 7, 3), 0)) {
            state = decoding.snapshot();
        }
        assertThatThrownBy(() -> new Inference(TinyModels.student()).resume(state, tokens(1, 1, 1), 0))
                .hasMessageContaining("another model");
        assertThatThrownBy(() -> inference.resume(state, tokens(1, 1), 0)).hasMessageContaining("2 rows");
        assertThatThrownBy(() -> inference.resume(state, tokens(1, 50, 1), 8)).hasMessageContaining("57 tokens")
                .hasMessageContaining("64 positions");
        assertThatThrownBy(() -> inference.resume(state, List.of(new int[] {99}, new int[0]), 8))
                .hasMessageContaining("token id 99");
        assertThatThrownBy(() -> state.rows()).hasMessageContaining("none was chosen");
        assertThatThrownBy(() -> state.rows(0, 2)).hasMessageContaining("row 2");
    }

    @Test
    void whatCannotBeReadNextIsRefusedAndChangesNothing() {
        var model = TinyModels.teacher();
        var inference = new Inference(model);
        var prompt = TinyModels.tokens(16, 1);
        try (var decoding = inference.begin(List.of(prompt), 0)) {
            assertThatThrownBy(() -> decoding.read(new int[] {1})).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("room for 16 tokens");
            assertThatThrownBy(() -> decoding.read(new int[] {1, 2})).hasMessageContaining("2 tokens to read for 1");
            assertThatThrownBy(() -> decoding.read(new int[] {TinyModels.VOCAB})).hasMessageContaining("token id 29");
            assertEqual(decoding, expected(model, List.of(prompt), List.of(new int[0])));
            try (var roomier = inference.resume(decoding.snapshot(), List.of(new int[0]), 1)) {
                roomier.read(new int[] {1});
                assertEqual(roomier, expected(model, List.of(prompt), List.of(new int[] {1})));
            }
        }
    }

    @Test
    void anEndedDecodingsSnapshotGoesOn() {
        for (var model : List.of(TinyModels.teacher(), TinyModels.student())) {
            var inference = new Inference(model);
            var prompts = tokens(4, 9, 2);
            var decoding = inference.begin(prompts, 3);
            decoding.read(new int[] {1, 2});
            var state = decoding.snapshot();
            decoding.close();
            try (var resumed = inference.resume(state, List.of(new int[] {5}, new int[] {6}), 0)) {
                assertEqual(resumed, expected(model, prompts, List.of(new int[] {1, 5}, new int[] {2, 6})));
            }
        }
    }

    @Test
    void severalThreadsDecodeWithOneModel() {
        var model = TinyModels.student();
        var prompts = tokens(8, 5, 14, 33, 21);
        var expected = expected(model, prompts, List.of(new int[] {1}, new int[] {1}, new int[] {1}, new int[] {1}));
        IntStream.range(0, prompts.size()).parallel().forEach(row -> {
            try (var decoding = new Inference(model, 16).begin(List.of(prompts.get(row)), 1)) {
                decoding.read(new int[] {1});
                assertEqual(decoding, expected.subList(row, row + 1));
            }
        });
    }
}
