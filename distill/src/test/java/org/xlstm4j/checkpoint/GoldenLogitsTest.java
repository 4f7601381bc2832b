package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.autodiff.samediff.SDVariable;
import org.xlstm4j.model.LmGraph;
import org.xlstm4j.model.TokenBatch;
import org.xlstm4j.safetensors.SafetensorsFile;

/** What transformers computed from these checkpoints in float64, computed here in float32. */
class GoldenLogitsTest {
    private static final float TOLERANCE = 1e-4f;

    @ParameterizedTest
    @ValueSource(strings = {"llama3-tied", "llama31-ropescaled", "teacher-llama-1m", "qwen25", "qwen3", "olmo2"})
    void everyActivationEqualsTransformers(String name) throws IOException {
        var folder = Fixtures.TEACHER.resolveSibling(name);
        var model = Checkpoint.open(folder).load();
        try (var golden = SafetensorsFile.open(folder.resolve("golden.safetensors"))) {
            var batch = tokens(golden);
            var graph = LmGraph.of(model, batch.time(), parameter -> false);
            var activations = activations(graph);
            assertThat(activations.keySet()).containsExactlyInAnyOrderElementsOf(
                    golden.names().stream().filter(tensor -> !tensor.equals("input_ids")).toList());
            var values = graph.output(batch, List.copyOf(activations.values()));
            for (var activation : activations.entrySet()) {
                assertThat(Fixtures.floats(values.get(activation.getValue().name()))).as(activation.getKey())
                        .containsExactly(Fixtures.floats(golden.readFloat32(activation.getKey())), within(TOLERANCE));
            }
        }
    }

    private static Map<String, SDVariable> activations(LmGraph graph) {
        var activations = new LinkedHashMap<String, SDVariable>();
        for (int layer = 0; layer < graph.hidden().size(); layer++) {
            activations.put("hidden." + layer, graph.hidden().get(layer));
        }
        for (int layer = 0; layer < graph.mixed().size(); layer++) {
            activations.put("attn_pre_o." + layer, graph.mixed().get(layer));
        }
        activations.put("logits", graph.logits());
        return activations;
    }

    private static TokenBatch tokens(SafetensorsFile golden) throws IOException {
        var shape = golden.info("input_ids").shape();
        int time = (int) shape[1];
        var ids = LongStream.of(golden.readLongs("input_ids")).mapToInt(Math::toIntExact).toArray();
        var rows = new ArrayList<int[]>();
        for (int from = 0; from < ids.length; from += time) {
            rows.add(Arrays.copyOfRange(ids, from, from + time));
        }
        return TokenBatch.leftPadded(rows, time);
    }
}
