package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.xlstm4j.distill.align.Alignment;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.data.Tokens;
import org.xlstm4j.distill.train.AdamW;
import org.xlstm4j.distill.train.AdamWOptions;
import org.xlstm4j.distill.train.LossGraph;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.Inference;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.ops.Form;
import org.xlstm4j.ops.loss.HeadLoss;

/** Students of every family's tiny teacher. */
class StudentsOfFamiliesTest {
    private static final int VOCAB = 31;
    private static final int TIME = 14;
    private static final String SIZES = "\"vocab_size\": 31, \"hidden_size\": 16, \"intermediate_size\": 20, "
            + "\"num_attention_heads\": 4, \"num_key_value_heads\": 2, \"head_dim\": 6, ";

    /** Teachers whose windows, where they have some, are longer than what they read: a student's is another. */
    private static Stream<CausalLm> teachers() throws IOException {
        var configs = List.of(
                "{\"model_type\": \"llama\", \"num_hidden_layers\": 2, " + SIZES + "\"attention_bias\": true}",
                "{\"model_type\": \"mistral\", \"num_hidden_layers\": 2, " + SIZES + "\"sliding_window\": 20}",
                "{\"model_type\": \"qwen2\", \"num_hidden_layers\": 2, " + SIZES + "\"tie_word_embeddings\": true}",
                "{\"model_type\": \"qwen3\", \"num_hidden_layers\": 2, " + SIZES + "\"tie_word_embeddings\": false}",
                "{\"model_type\": \"olmo2\", \"num_hidden_layers\": 2, " + SIZES + "\"rope_theta\": 500000}",
                "{\"model_type\": \"olmo3\", \"num_hidden_layers\": 4, " + SIZES + "\"sliding_window\": 20, "
                        + "\"rope_scaling\": {\"rope_type\": \"yarn\", \"factor\": 4, "
                        + "\"original_max_position_embeddings\": 16}}");
        var teachers = Stream.<CausalLm>builder();
        for (var config : configs) {
            var json = (ObjectNode) Json.MAPPER.readTree(config);
            teachers.add(random(CausalLm.random(ConfigJson.read(json, Path.of("config.json")), 0.4, 1)));
        }
        return teachers.build();
    }

    /** Norms other than one, biases other than zero. */
    private static CausalLm random(CausalLm model) {
        var random = new Random(2);
        model.parameters().values().stream().filter(array -> array.rank() == 1).forEach(array -> {
            for (int i = 0; i < array.length(); i++) {
                array.putScalar(i, array.getFloat(i) + 0.3f * (float) random.nextGaussian());
            }
        });
        return model;
    }

    private static TokenBatch batch() {
        var random = new Random(3);
        return TokenBatch.leftPadded(List.of(random.ints(TIME, 0, VOCAB).toArray(),
                random.ints(TIME - 3, 0, VOCAB).toArray()), TIME);
    }

    private static float[] logits(CausalLm model) {
        var graph = LmGraph.of(model, TIME, name -> false);
        return Fixtures.floats(graph.output(batch(), List.of(graph.logits())).get(graph.logits().name()));
    }

    @ParameterizedTest
    @MethodSource("teachers")
    void studentWithAClosedGateIsItsTeacher(CausalLm teacher) {
        var student = StudentStart.from(teacher, new HybridConfig(TIME, 0, 4));
        assertThat(student.parameters().keySet()).containsAll(teacher.parameters().keySet());
        for (int layer = 0; layer < teacher.config().layers(); layer++) {
            student.parameters().get(ParameterNames.layer(layer).outputGateBias()).assign(-40);
        }
        assertThat(logits(student)).containsExactly(logits(teacher), within(1e-4f));
        assertThat(new Inference(student).greedy(List.of(new int[] {5, 6, 7}), 6, -1))
                .containsExactlyElementsOf(new Inference(teacher).greedy(List.of(new int[] {5, 6, 7}), 6, -1));
    }

    /** Stage I reads what the teacher's projections read, normed or not. */
    @ParameterizedTest
    @MethodSource("teachers")
    void alignmentOfAStudentWithAClosedGateHasNoError(CausalLm teacher) {
        var student = StudentStart.from(teacher, new HybridConfig(TIME, 0, 4));
        for (int layer = 0; layer < teacher.config().layers(); layer++) {
            student.parameters().get(ParameterNames.layer(layer).outputGateBias()).assign(-40);
        }
        var random = new Random(5);
        var documents = Stream.generate(() -> new Tokens(random.ints(9, 0, VOCAB).toArray(), 1)).limit(4).toList();
        var data = new PackedDataset(documents, new PackingOptions(TIME, 2, false, 1));
        assertThat(new Alignment(teacher, student, TIME).relativeErrors(data.epoch(0)))
                .hasSize(teacher.config().layers())
                .allSatisfy(error -> assertThat(error).isCloseTo(0, within(1e-9)));
    }

    private static LossGraph.Result gradients(CausalLm model) {
        var lm = LmGraph.of(model, TIME, name -> true);
        var targets = lm.sameDiff().getVariable(LmGraph.IDS).reshape(-1);
        var loss = HeadLoss.crossEntropy(lm.last(), lm.head(), targets).mean();
        return new LossGraph(loss, List.copyOf(model.parameters().keySet())).run(LmGraph.feed(batch()));
    }

    @ParameterizedTest
    @MethodSource("teachers")
    void studentTrainsAStep(CausalLm teacher) {
        var student = StudentStart.from(teacher, new HybridConfig(4, 1, 4));
        var before = student.copy();
        var first = gradients(student);
        var optimizer = new AdamW(AdamWOptions.of(new FixedSchedule(1e-3)), student.parameters());
        optimizer.step(new LinkedHashMap<>(first.gradients()));
        assertThat(gradients(student).loss()).isLessThan(first.loss());
        student.parameters().forEach((name, array) -> {
            if (!name.endsWith("input_gate.bias")) {
                assertThat(Fixtures.floats(array)).as(name)
                        .isNotEqualTo(Fixtures.floats(before.parameters().get(name)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("teachers")
    void gradientsOfFusedAndOfStockOpsAgree(CausalLm teacher) {
        var student = StudentStart.from(teacher, new HybridConfig(4, 1, 4));
        Map<String, INDArray> fused = gradients(student).gradients();
        Map<String, INDArray> stock = Form.with(Form.COMPOSED, () -> gradients(student)).gradients();
        fused.forEach((name, gradient) -> {
            double size = stock.get(name).norm2Number().doubleValue();
            assertThat(gradient.sub(stock.get(name)).norm2Number().doubleValue()).as(name)
                    .isLessThan(1e-3 * size + 1e-6);
        });
    }
}
