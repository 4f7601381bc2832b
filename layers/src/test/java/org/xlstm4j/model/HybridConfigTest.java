package org.xlstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.ops.Form;

class HybridConfigTest {
    private static final int TIME = 23;

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "-1 | 0 | 1 | window must be at least 1 token, or 0 for none, was -1",
        "4 | -1 | 1 | sinks must not be negative, was -1",
        "0 | 2 | 1 | with no window there must be none, there were 2",
        "4 | 2 | 0 | chunkSize must be at least 1, was 0"})
    void refusesWhatMakesNoMixer(int window, int sinks, int chunkSize, String message) {
        assertThatThrownBy(() -> new HybridConfig(window, sinks, chunkSize))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void parametersOfLeftOutGatesDoNotExist() {
        assertThat(gates(new HybridConfig(Memory.MLSTM, 4, 1, 4))).containsExactly("input", "forget", "output");
        assertThat(gates(new HybridConfig(Memory.MLSTM, 0, 0, 4))).containsExactly("input", "forget");
        assertThat(gates(new HybridConfig(Memory.LINEAR, 4, 0, 4))).containsExactly("output");
        assertThat(gates(new HybridConfig(Memory.LINEAR, 0, 0, 4))).isEmpty();
    }

    private static List<String> gates(HybridConfig hybrid) {
        var names = TinyModels.config().withHybrid(hybrid).parameterShapes().keySet();
        var layer = ParameterNames.layer(1).prefix() + "self_attn.";
        return Stream.of("input", "forget", "output")
                .filter(gate -> names.contains(layer + gate + "_gate.weight")
                        && names.contains(layer + gate + "_gate.bias")).toList();
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "COMPOSED"})
    void linearAttentionIsAMeanOfValuesByFeatures(Form form) {
        var model = TinyModels.random(TinyModels.config().withHybrid(new HybridConfig(Memory.LINEAR, 0, 0, 4)), 7);
        Form.with(form, () -> {
            var layer = Layer.of(model);
            for (int head = 0; head < 4; head++) {
                for (int t = 0; t < TIME; t++) {
                    assertThat(layer.mixed(head, t)).as("head %d, step %d", head, t)
                            .containsExactly(layer.linearAttention(head, t), within(1e-5f));
                }
            }
            return null;
        });
    }

    @ParameterizedTest
    @EnumSource(names = {"AUTO", "COMPOSED"})
    void withoutAWindowTheWholeStudentsOpenGateGivesTheSame(Form form) {
        var bare = TinyModels.random(TinyModels.config().withHybrid(new HybridConfig(Memory.MLSTM, 0, 0, 4)), 7);
        var parameters = new LinkedHashMap<>(bare.parameters());
        var config = TinyModels.studentOf(TinyModels.config());
        var random = TinyModels.random(config, 8).parameters();
        config.parameterShapes().keySet().forEach(name -> parameters.putIfAbsent(name,
                name.endsWith("output_gate.bias") ? random.get(name).mul(0).addi(60) : random.get(name)));
        var whole = new CausalLm(config, parameters);
        var tokens = TinyModels.tokens(TIME, 1);
        Form.with(form, () -> {
            var expected = TinyModels.logits(whole, tokens);
            var logits = TinyModels.logits(bare, tokens);
            for (int t = 0; t < TIME; t++) {
                assertThat(logits.get(t)).containsExactly(expected.get(t), within(1e-4f));
            }
            return null;
        });
    }

    /** The first layer's mixer on random text, its inputs and output by head. */
    private record Layer(CausalLm model, INDArray normed, INDArray mixed) {
        private static final int DIM = 6;

        static Layer of(CausalLm model) {
            var graph = LmGraph.of(model, TIME, name -> false);
            var batch = TokenBatch.leftPadded(List.of(TinyModels.tokens(TIME, 1)), TIME);
            var values = graph.output(batch, List.of(graph.normed().get(0), graph.mixed().get(0)));
            return new Layer(model, values.get(graph.normed().get(0).name()), values.get(graph.mixed().get(0).name()));
        }

        float[] mixed(int head, int t) {
            return Arrays.copyOfRange(TinyModels.rows(mixed).get(t), head * DIM, (head + 1) * DIM);
        }

        /** Σ (φ(q) · φ(k)) v / Σ (φ(q) · φ(k)) over the steps up to t. */
        float[] linearAttention(int head, int t) {
            var names = ParameterNames.layer(0);
            var query = features(turned(names.query(), head, t), names.queryFeatures(), head);
            var sum = new double[DIM];
            double norm = 0;
            for (int s = 0; s <= t; s++) {
                var key = features(turned(names.key(), head / 2, s), names.keyFeatures(), head);
                double weight = 0;
                for (int i = 0; i < DIM; i++) {
                    weight += query[i] * key[i];
                }
                var value = projected(names.value(), head / 2, s);
                for (int i = 0; i < DIM; i++) {
                    sum[i] += weight * value[i];
                }
                norm += weight;
            }
            var read = new float[DIM];
            for (int i = 0; i < DIM; i++) {
                read[i] = (float) (sum[i] / norm);
            }
            return read;
        }

        private double[] projected(String weight, int head, int t) {
            var rows = TinyModels.rows(model.parameters().get(weight));
            var x = TinyModels.rows(normed).get(t);
            var to = new double[DIM];
            for (int i = 0; i < DIM; i++) {
                for (int j = 0; j < x.length; j++) {
                    to[i] += rows.get(head * DIM + i)[j] * x[j];
                }
            }
            return to;
        }

        /** RoPE of halves, as Llama has it. */
        private double[] turned(String weight, int head, int t) {
            var x = projected(weight, head, t);
            var to = new double[DIM];
            for (int i = 0; i < DIM / 2; i++) {
                double angle = t / Math.pow(10_000, 2.0 * i / DIM);
                to[i] = x[i] * Math.cos(angle) - x[i + DIM / 2] * Math.sin(angle);
                to[i + DIM / 2] = x[i + DIM / 2] * Math.cos(angle) + x[i] * Math.sin(angle);
            }
            return to;
        }

        private double[] features(double[] x, String weight, int head) {
            var map = model.parameters().get(weight);
            var to = new double[DIM];
            double sum = 0;
            for (int j = 0; j < DIM; j++) {
                double logit = 0;
                for (int i = 0; i < DIM; i++) {
                    logit += x[i] * map.getDouble(head, i, j);
                }
                to[j] = Math.exp(logit);
                sum += to[j];
            }
            for (int j = 0; j < DIM; j++) {
                to[j] /= sum;
            }
            return to;
        }
    }
}
