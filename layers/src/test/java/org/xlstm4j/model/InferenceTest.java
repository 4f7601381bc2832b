package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class InferenceTest {
    private static final int NO_END = -1;
    /** Shorter than, as long as and longer than sinks, window, chunks and the padded length. */
    private static final int[] LENGTHS = {1, 2, 3, 5, 8, 17};

    static Stream<CausalLm> models() {
        return Stream.of(Stream.of(TinyModels.teacher(), TinyModels.student()),
                        TinyModels.variants().map(config -> TinyModels.random(config, 5)),
                        TinyModels.families().flatMap(config -> Stream.of(TinyModels.random(config, 3),
                                TinyModels.random(TinyModels.studentOf(config), 4))))
                .flatMap(models -> models);
    }

    private static List<int[]> prompts() {
        var prompts = new ArrayList<int[]>();
        for (int length : LENGTHS) {
            prompts.add(TinyModels.tokens(length, length));
        }
        return prompts;
    }

    @ParameterizedTest
    @MethodSource("models")
    void greedyTakesTheLikeliestTokenOfTheWholePass(CausalLm model) {
        var prompts = prompts();
        var decoded = new Inference(model).greedy(prompts, 12, NO_END);
        for (int i = 0; i < prompts.size(); i++) {
            var prompt = prompts.get(i);
            assertThat(decoded.get(i)).hasSize(12);
            var logits = TinyModels.logits(model, TinyModels.concat(prompt, decoded.get(i)));
            for (int t = 0; t < 12; t++) {
                assertThat(decoded.get(i)[t]).as("prompt of %d, token %d", prompt.length, t)
                        .isEqualTo(TinyModels.argMax(logits.get(prompt.length - 1 + t)));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void stepsLogitsEqualTheWholePass(CausalLm model) {
        var whole = prompts().stream().map(prompt -> TinyModels.concat(prompt, TinyModels.tokens(11, 99))).toList();
        var expected = whole.stream().map(sequence -> TinyModels.logits(model, sequence)).toList();
        var layout = DecodeState.rings(model.config(), 32);
        var step = new PrefillGraph(model, 20).run(TokenBatch.leftPadded(prompts(), 20), LENGTHS, layout);
        var graph = new StepGraph(model, layout);
        for (int t = 0; t < 12; t++) {
            var rows = TinyModels.rows(step.logits());
            var next = new int[LENGTHS.length];
            for (int row = 0; row < next.length; row++) {
                int at = LENGTHS[row] - 1 + t;
                assertThat(rows.get(row)).as("prompt of %d, step %d", LENGTHS[row], t)
                        .containsExactly(expected.get(row).get(at), within(1e-4f));
                next[row] = t < 11 ? whole.get(row)[at + 1] : 0;
            }
            step = graph.run(next, step.state());
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void decodingInPlaceEqualsTheSteps(CausalLm model) {
        var layout = DecodeState.rings(model.config(), 32);
        var step = new PrefillGraph(model, 20).run(TokenBatch.leftPadded(prompts(), 20), LENGTHS, layout);
        var graph = new StepGraph(model, layout);
        try (var decoding = new Inference(model).begin(prompts(), 12)) {
            for (int t = 0; t < 12; t++) {
                var expected = TinyModels.rows(step.logits());
                var rows = TinyModels.rows(decoding.logits());
                for (int row = 0; row < rows.size(); row++) {
                    assertThat(rows.get(row)).as("row %d, step %d", row, t)
                            .containsExactly(expected.get(row), within(1e-5f));
                }
                var tokens = step.logits().argMax(1).toIntVector();
                step = graph.run(tokens, step.state());
                decoding.read(tokens);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logProbabilitiesAreTheSoftmaxOfTheWholePass(CausalLm model) {
        var scores = new Inference(model).logProbabilities(prompts());
        for (int i = 0; i < LENGTHS.length; i++) {
            var sequence = prompts().get(i);
            var logits = TinyModels.logits(model, sequence);
            var expected = new float[sequence.length];
            for (int t = 1; t < sequence.length; t++) {
                expected[t] = (float) logProbability(logits.get(t - 1), sequence[t]);
            }
            assertThat(scores.get(i)).containsExactly(expected, within(1e-4f));
        }
    }

    private static double logProbability(float[] logits, int id) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit);
        }
        return logits[id] - Math.log(sum);
    }

    @ParameterizedTest
    @MethodSource("models")
    void theEndTokenEndsEachContinuationByItself(CausalLm model) {
        var inference = new Inference(model);
        var open = inference.greedy(prompts(), 9, NO_END);
        int end = open.get(0)[4];
        var ended = inference.greedy(prompts(), 9, end);
        for (int i = 0; i < open.size(); i++) {
            var expected = new ArrayList<Integer>();
            for (int t = 0; t < 9 && open.get(i)[t] != end; t++) {
                expected.add(open.get(i)[t]);
            }
            assertThat(ended.get(i)).containsExactly(expected.stream().mapToInt(Integer::intValue).toArray());
        }
    }

    @Test
    void moreSequencesThanABatchComeBackInOrder() {
        var model = TinyModels.teacher();
        var sequences = new ArrayList<int[]>();
        for (int i = 0; i < 70; i++) {
            sequences.add(TinyModels.tokens(1 + (i * 5) % 9, i));
        }
        var inference = new Inference(model);
        var together = inference.logProbabilities(sequences);
        for (int i : new int[] {0, 1, 33, 64, 69}) {
            assertThat(together.get(i)).containsExactly(
                    inference.logProbabilities(List.of(sequences.get(i))).get(0), within(1e-5f));
        }
    }

    @Test
    void watchesAModelInTraining() {
        var model = TinyModels.student();
        var inference = new Inference(model);
        var before = inference.logProbabilities(prompts());
        model.parameters().values().forEach(array -> array.muli(1.5));
        var after = inference.logProbabilities(prompts());
        assertThat(after.get(5)).isNotEqualTo(before.get(5));
        var fresh = new Inference(model).logProbabilities(prompts());
        assertThat(after.get(5)).containsExactly(fresh.get(5), within(1e-5f));
    }

    @Test
    void refusesWhatCannotBeRead() {
        var teacher = new Inference(TinyModels.teacher());
        assertThatThrownBy(() -> teacher.greedy(List.of(new int[0]), 1, NO_END))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("no token");
        assertThatThrownBy(() -> teacher.greedy(List.of(TinyModels.tokens(60, 1)), 5, NO_END))
                .hasMessageContaining("60").hasMessageContaining("64 positions");
        for (int id : new int[] {-1, TinyModels.VOCAB}) {
            assertThatThrownBy(() -> teacher.logProbabilities(List.of(new int[] {1, id})))
                    .hasMessageContaining("token id " + id).hasMessageContaining("vocabulary of 29");
        }
    }

    @Test
    void studentReadsBeyondItsTeachersPositions() {
        var decoded = new Inference(TinyModels.student()).greedy(List.of(TinyModels.tokens(60, 1)), 8, NO_END);
        assertThat(decoded.get(0)).hasSize(8);
    }

    @Test
    void studentsStateDoesNotGrow() {
        var model = TinyModels.student();
        var layout = DecodeState.rings(model.config(), 1000);
        var step = new PrefillGraph(model, 16).run(TokenBatch.leftPadded(prompts().subList(0, 2), 16),
                new int[] {1, 2}, layout);
        var graph = new StepGraph(model, layout);
        long size = elements(step.state());
        for (int t = 0; t < 10; t++) {
            step = graph.run(new int[] {t, t}, step.state());
        }
        assertThat(elements(step.state())).isEqualTo(size);
        assertThat(step.state().lengths()).containsExactly(11, 12);
    }

    private static long elements(DecodeState state) {
        return state.arrays().values().stream().mapToLong(array -> array.length()).sum();
    }
}
