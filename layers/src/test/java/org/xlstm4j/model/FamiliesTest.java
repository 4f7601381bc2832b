package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.graph.JavaOp;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

/** What families have beside Llama's layers. */
class FamiliesTest {
    private static final RopeSpec STRETCHED = new RopeSpec(6, 10_000, new RopeScaling.Linear(4));

    private static Stream<CausalLm> models() {
        return TinyModels.families().flatMap(config -> Stream.of(TinyModels.random(config, 3),
                TinyModels.random(TinyModels.studentOf(config), 4)));
    }

    private static Stream<CausalLm> teachers() {
        return Stream.concat(Stream.of(TinyModels.teacher()), TinyModels.families()
                .map(config -> TinyModels.random(config, 3)));
    }

    @ParameterizedTest
    @MethodSource("teachers")
    void teachersAreWhatPlainLoopsCompute(CausalLm model) {
        var sequence = TinyModels.tokens(19, 5);
        var expected = PlainTeacher.logits(model, sequence);
        var logits = TinyModels.logits(model, sequence);
        for (int t = 0; t < sequence.length; t++) {
            for (int id = 0; id < TinyModels.VOCAB; id++) {
                assertThat((double) logits.get(t)[id]).as("token %d, id %d", t, id)
                        .isCloseTo(expected[t][id], within(1e-4));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void fusedOpsAndStockOpsAgree(CausalLm model) {
        var sequence = TinyModels.tokens(19, 5);
        var fused = TinyModels.logits(model, sequence);
        var stock = Form.with(Form.COMPOSED, () -> TinyModels.logits(model, sequence));
        for (int t = 0; t < sequence.length; t++) {
            assertThat(fused.get(t)).as("token %d", t).containsExactly(stock.get(t), within(1e-4f));
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void stockOpsDecodeAsFusedOnesDo(CausalLm model) {
        var prompts = List.of(TinyModels.tokens(3, 5), TinyModels.tokens(9, 6));
        var fused = new Inference(model).greedy(prompts, 9, -1);
        assertThat(Form.with(Form.COMPOSED, () -> new Inference(model).greedy(prompts, 9, -1)))
                .containsExactlyElementsOf(fused);
    }

    @ParameterizedTest
    @MethodSource("models")
    void activationsMayBeShort(CausalLm model) {
        var batch = TokenBatch.leftPadded(List.of(TinyModels.tokens(9, 5)), 9);
        var exact = LmGraph.of(model, 9, name -> false);
        var rounded = LmGraph.of(model, 9, name -> false, DataType.BFLOAT16);
        var expected = exact.output(batch, List.of(exact.last())).get(exact.last().name());
        var actual = rounded.output(batch, List.of(rounded.last())).get(rounded.last().name());
        assertThat(actual.dataType()).isEqualTo(DataType.BFLOAT16);
        assertThat(actual.castTo(DataType.FLOAT).sub(expected).norm2Number().doubleValue())
                .isLessThan(0.05 * expected.norm2Number().doubleValue());
    }

    /** Decoding over arrays that stay, and one launch on a GPU, need it. */
    @ParameterizedTest
    @MethodSource("models")
    void decodingStepsAreFusedOpsAlone(CausalLm model) {
        try (var decoding = new Inference(model).begin(List.of(new int[] {1, 2}), 4)) {
            assertThat(decoding).isInstanceOf(Decoding.Fixed.class);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void layersAreNoMoreOpsThanLlamasButForNormsOfQueriesAndKeys(CausalLm model) {
        var config = model.config();
        var plain = new ModelConfig("llama", TinyModels.VOCAB, 12, 20, config.layers(), 4, 2, 6, 64, 1e-5,
                RopeSpec.of(6, 10_000), true, config.hybrid());
        long norms = config.traits().queryKeyNorm() == Traits.QueryKeyNorm.NONE ? 0 : 2L * config.layers();
        long tables = IntStream.range(0, config.layers()).mapToObj(config::rope).distinct().count() - 1;
        assertThat(fusedOps(model)).isEqualTo(fusedOps(TinyModels.random(plain, 1)) + norms + tables);
    }

    private static long fusedOps(CausalLm model) {
        return LmGraph.of(model, 8, name -> false).sameDiff().getOps().values().stream()
                .filter(op -> op.getOp() instanceof JavaOp).count();
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyParameterCounts(CausalLm model) {
        var sequence = TinyModels.tokens(19, 5);
        var before = TinyModels.logits(model, sequence).get(18);
        for (var name : model.parameters().keySet()) {
            var changed = model.copy();
            // Not by one factor: norms would take it out again.
            var array = changed.parameters().get(name);
            array.addi(Nd4j.linspace(array.dataType(), 0.5, 0.5, array.length()).reshape('c', array.shape()));
            var after = TinyModels.logits(changed, sequence).get(18);
            // A factor common to all input gates is one of what is read and of what it is divided by.
            if (!name.endsWith("input_gate.bias")) {
                assertThat(after).as(name).isNotEqualTo(before);
            }
        }
    }

    @Test
    void normsAfterAreOnWhatIsAdded() {
        var config = new ModelConfig("olmo2", TinyModels.VOCAB, 12, 20, 1, 4, 2, 6, 64, 1e-5, RopeSpec.of(6, 10_000),
                false, new Traits(Traits.Norms.AFTER, Traits.QueryKeyNorm.NONE, Traits.Biases.NONE), Optional.empty(),
                Optional.empty());
        var model = TinyModels.random(config, 1);
        var names = ParameterNames.layer(0);
        model.parameters().get(names.postAttentionNorm()).assign(0);
        model.parameters().get(names.postFeedforwardNorm()).assign(0);
        var graph = LmGraph.of(model, 4, name -> false);
        var batch = TokenBatch.leftPadded(List.of(TinyModels.tokens(4, 1)), 4);
        var values = graph.output(batch, Stream.concat(graph.hidden().stream(), graph.normed().stream()).toList());
        var embedded = values.get(graph.hidden().get(0).name());
        assertThat(values.get(graph.normed().get(0).name())).as("what the layer reads").isEqualTo(embedded);
        var last = values.get(graph.hidden().get(1).name());
        var weight = model.parameters().get(ParameterNames.FINAL_NORM);
        assertThat(last.data().asFloat()).containsExactly(normalized(embedded, weight), within(1e-5f));
    }

    private static float[] normalized(INDArray x, INDArray weight) {
        var squares = x.mul(x).mean(true, 1).add(1e-5);
        return x.divColumnVector(Transforms.sqrt(squares)).mulRowVector(weight)
                .dup('c').data().asFloat();
    }

    private static ModelConfig oneLayer(RopeSpec rope, Optional<SlidingLayers> sliding) {
        return new ModelConfig("mistral", TinyModels.VOCAB, 12, 20, 1, 4, 2, 6, 64, 1e-5, rope, true, Traits.LLAMA,
                sliding, Optional.empty());
    }

    @Test
    void windowHidesWhatIsFurtherBack() {
        var sliding = new SlidingLayers(List.of(0), 5, RopeSpec.of(6, 10_000));
        var model = TinyModels.random(oneLayer(RopeSpec.of(6, 10_000), Optional.of(sliding)), 1);
        var sequence = TinyModels.tokens(12, 1);
        var before = TinyModels.logits(model, sequence);
        var changed = sequence.clone();
        changed[3] = (changed[3] + 1) % TinyModels.VOCAB;
        var after = TinyModels.logits(model, changed);
        for (int t = 0; t < 12; t++) {
            boolean sees = t >= 3 && t < 3 + 5;
            assertThat(Arrays.equals(before.get(t), after.get(t))).as("token %d", t).isEqualTo(!sees);
        }
    }

    @Test
    void slidingLayersHaveTheirOwnRope() {
        var everywhere = TinyModels.random(oneLayer(STRETCHED, Optional.empty()), 1);
        var sliding = new SlidingLayers(List.of(0), 50, STRETCHED);
        var inTheWindow = new CausalLm(oneLayer(RopeSpec.of(6, 10_000), Optional.of(sliding)),
                new HashMap<>(everywhere.parameters()));
        var nowhere = new CausalLm(oneLayer(RopeSpec.of(6, 10_000), Optional.empty()),
                new HashMap<>(everywhere.parameters()));
        var sequence = TinyModels.tokens(9, 2);
        assertThat(TinyModels.logits(inTheWindow, sequence).get(8))
                .isEqualTo(TinyModels.logits(everywhere, sequence).get(8))
                .isNotEqualTo(TinyModels.logits(nowhere, sequence).get(8));
    }

    @Test
    void slidingLayersThatAreNoneAreRefused() {
        var rope = RopeSpec.of(6, 10_000);
        assertThatIllegalArgumentException().isThrownBy(() -> new SlidingLayers(List.of(), 5, rope));
        assertThatIllegalArgumentException().isThrownBy(() -> new SlidingLayers(List.of(1, 1), 5, rope))
                .withMessageContaining("ascending");
        assertThatIllegalArgumentException().isThrownBy(() -> new SlidingLayers(List.of(0), 0, rope))
                .withMessageContaining("at least 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> oneLayer(rope, Optional.of(new SlidingLayers(List.of(0, 1), 5, rope))))
                .withMessageContaining("[0, 1] go beyond the model's 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> oneLayer(rope, Optional.of(new SlidingLayers(List.of(0), 5, RopeSpec.of(4, 100)))))
                .withMessageContaining("4 of a head of 6");
    }
}
