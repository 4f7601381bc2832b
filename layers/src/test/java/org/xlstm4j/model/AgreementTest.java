package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.Norms;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.rope.RopeSpec;

/** A prompt in segments and tokens one by one give what one pass over all of them gives. */
class AgreementTest {
    private static final float TOLERANCE = 1e-4f;
    private static final int DECODED = 200;
    private static final int SEGMENT = 32;
    private static final int CHUNK = 8;
    private static final int WINDOW = 12;
    private static final int SINKS = 3;
    /** Before, at and behind every border of chunks, window, sinks and segments. */
    private static final int[] LENGTHS = {1, 2, 3, 4, 7, 8, 9, 11, 12, 13, 15, 16, 17, 31, 32, 33, 63, 64, 65, 77, 96, 97};

    private static ModelConfig teacher(Traits traits, int keyValueHeads, Optional<SlidingLayers> sliding) {
        return new ModelConfig("llama", TinyModels.VOCAB, 12, 20, 2, 4, keyValueHeads, 6, 512, 1e-5,
                RopeSpec.of(6, 10_000), true, traits, sliding, Optional.empty());
    }

    static Stream<CausalLm> models() {
        var sliding = Optional.of(new SlidingLayers(List.of(1), WINDOW, RopeSpec.of(6, 5_000)));
        var afterNorms = new Traits(Norms.AFTER, QueryKeyNorm.WHOLE, Biases.NONE);
        var headNorms = new Traits(Norms.BEFORE, QueryKeyNorm.PER_HEAD, Biases.ALL);
        var teachers = List.of(teacher(Traits.LLAMA, 4, Optional.empty()), teacher(headNorms, 2, Optional.empty()),
                teacher(afterNorms, 1, sliding));
        var hybrid = new HybridConfig(WINDOW, SINKS, CHUNK);
        return Stream.concat(teachers.stream(), teachers.stream().map(config -> config.withHybrid(hybrid)))
                .map(config -> TinyModels.random(config, 3));
    }

    @ParameterizedTest
    @MethodSource("models")
    void decodedOneByOneEqualsOnePass(CausalLm model) {
        assertAgreement(model, new Inference(model, SEGMENT), LENGTHS, DECODED);
    }

    @ParameterizedTest
    @MethodSource("models")
    void composedSegmentsEqualOnePass(CausalLm model) {
        Form.with(Form.COMPOSED, () -> {
            assertAgreement(model, new Inference(model, SEGMENT), new int[] {1, 13, 33, 70}, 2);
            return null;
        });
    }

    @ParameterizedTest
    @MethodSource("models")
    void segmentsOfAnyLengthGiveTheSame(CausalLm model) {
        for (int segment : new int[] {1, 7, 16, 31, 200}) {
            assertAgreement(model, new Inference(model, segment), new int[] {45, 1, 20}, 3);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void moreTokensEqualOnePass(CausalLm model) {
        var inference = new Inference(model, SEGMENT);
        var before = new int[] {5, 40, 12, 13, 60};
        var after = new int[] {70, 33, 0, 1, 9};
        var prompts = sequences(before);
        var more = sequences(after);
        try (var first = inference.begin(prompts, 1); var second = inference.resume(first.snapshot(), more, 1)) {
            var rows = TinyModels.rows(second.logits());
            for (int row = 0; row < before.length; row++) {
                var logits = TinyModels.logits(model, TinyModels.concat(prompts.get(row), more.get(row)));
                assertThat(rows.get(row)).as("%d and %d tokens", before[row], after[row])
                        .containsExactly(logits.get(logits.size() - 1), within(TOLERANCE));
            }
        }
    }

    @Test
    void lengthsCrossEveryBorder() {
        var lengths = new TreeSet<Integer>();
        Arrays.stream(LENGTHS).forEach(lengths::add);
        for (int border : new int[] {CHUNK, WINDOW, SEGMENT, 2 * SEGMENT}) {
            assertThat(lengths).contains(border - 1, border, border + 1);
        }
    }

    private static List<int[]> sequences(int[] lengths) {
        return Arrays.stream(lengths).mapToObj(length -> TinyModels.tokens(length, length)).toList();
    }

    /** One batch of all lengths against a pass over each sequence. */
    private static void assertAgreement(CausalLm model, Inference inference, int[] lengths, int decoded) {
        var prompts = sequences(lengths);
        var following = new ArrayList<int[]>();
        var expected = new ArrayList<List<float[]>>();
        for (var prompt : prompts) {
            var tokens = TinyModels.tokens(decoded, 1000 + prompt.length);
            following.add(tokens);
            expected.add(TinyModels.logits(model, TinyModels.concat(prompt, tokens)));
        }
        try (var decoding = inference.begin(prompts, decoded)) {
            for (int t = 0; t <= decoded; t++) {
                var rows = TinyModels.rows(decoding.logits());
                for (int row = 0; row < lengths.length; row++) {
                    assertThat(rows.get(row)).as("prompt of %d, after %d more", lengths[row], t)
                            .containsExactly(expected.get(row).get(lengths[row] - 1 + t), within(TOLERANCE));
                }
                if (t < decoded) {
                    int step = t;
                    decoding.read(following.stream().mapToInt(tokens -> tokens[step]).toArray());
                }
            }
        }
    }
}
