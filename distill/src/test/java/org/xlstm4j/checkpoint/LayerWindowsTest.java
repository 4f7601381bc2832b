package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.xlstm4j.model.SlidingLayers;
import org.xlstm4j.ops.rope.RopeSpec;

class LayerWindowsTest {
    private static final RopeSpec ROPE = RopeSpec.of(8, 10_000);
    private static final int LAYERS = 5;

    private static Optional<SlidingLayers> read(Family family, String json) throws IOException {
        return new LayerWindows(new Settings(Json.MAPPER.readTree(json), Path.of("config.json")), family, LAYERS)
                .read(ROPE);
    }

    private static Optional<SlidingLayers> sliding(int window, Integer... layers) {
        return Optional.of(new SlidingLayers(List.of(layers), window, ROPE));
    }

    @Test
    void mistralsWindowIsThatOfEveryLayer() throws IOException {
        assertThat(read(Family.MISTRAL, "{\"sliding_window\": 64}")).isEqualTo(sliding(64, 0, 1, 2, 3, 4));
        assertThat(read(Family.MISTRAL, "{}")).as("the first release's").isEqualTo(sliding(4096, 0, 1, 2, 3, 4));
        assertThat(read(Family.MISTRAL, "{\"sliding_window\": null}")).as("later releases'").isEmpty();
    }

    @Test
    void qwensWindowIsThatOfTheUpperLayersIfItIsInUse() throws IOException {
        for (var family : List.of(Family.QWEN2, Family.QWEN3)) {
            assertThat(read(family, "{\"sliding_window\": 64, \"max_window_layers\": 2}")).isEmpty();
            assertThat(read(family, "{\"use_sliding_window\": false, \"sliding_window\": 64}")).isEmpty();
            assertThat(read(family, "{\"use_sliding_window\": true, \"sliding_window\": 64, \"max_window_layers\": 2}"))
                    .isEqualTo(sliding(64, 2, 3, 4));
            assertThat(read(family, "{\"use_sliding_window\": true, \"max_window_layers\": 4}"))
                    .isEqualTo(sliding(4096, 4));
            assertThat(read(family, "{\"use_sliding_window\": true, \"sliding_window\": 64}"))
                    .as("28 layers without").isEmpty();
            assertThat(read(family, "{\"use_sliding_window\": true, \"sliding_window\": null, "
                    + "\"max_window_layers\": 2}")).isEmpty();
        }
    }

    @Test
    void layerTypesGoBeforeTheRule() throws IOException {
        var types = "\"layer_types\": [\"sliding_attention\", \"full_attention\", \"full_attention\", "
                + "\"sliding_attention\", \"full_attention\"]";
        assertThat(read(Family.QWEN2, "{\"use_sliding_window\": true, \"sliding_window\": 64, "
                + "\"max_window_layers\": 2, " + types + "}")).isEqualTo(sliding(64, 0, 3));
        assertThat(read(Family.OLMO3, "{\"sliding_window\": 32, " + types + "}")).isEqualTo(sliding(32, 0, 3));
        assertThatThrownBy(() -> read(Family.QWEN3, "{\"sliding_window\": 64, " + types + "}"))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("[0, 3] have a sliding window");
    }

    @Test
    void layerTypesMayAllBeFull() throws IOException {
        var types = "\"layer_types\": [\"full_attention\", \"full_attention\", \"full_attention\", "
                + "\"full_attention\", \"full_attention\"]";
        for (var family : List.of(Family.LLAMA, Family.QWEN2, Family.QWEN3, Family.OLMO2, Family.OLMO3)) {
            assertThat(read(family, "{" + types + "}")).as(family.modelType()).isEmpty();
        }
        assertThat(read(Family.MISTRAL, "{\"sliding_window\": null, " + types + "}")).isEmpty();
        assertThatThrownBy(() -> read(Family.MISTRAL, "{\"sliding_window\": 64, " + types + "}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("'layer_types'")
                .hasMessageContaining("every layer has a sliding window of 64");
    }

    @Test
    void olmo3sEveryFourthLayerSeesEverything() throws IOException {
        assertThat(read(Family.OLMO3, "{\"sliding_window\": 32}")).isEqualTo(sliding(32, 0, 1, 2, 4));
        assertThat(read(Family.OLMO3, "{}")).isEqualTo(sliding(4096, 0, 1, 2, 4));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "llama | {\"sliding_window\": 64} | llama models have no windows",
        "olmo2 | {\"sliding_window\": 64} | olmo2 models have no windows",
        "olmo2 | {\"layer_types\": [\"full_attention\"]} | 'layer_types' has 1 entries for 5 layers",
        "olmo3 | {\"sliding_window\": null} | [0, 1, 2, 4] have a sliding window, but 'sliding_window' is not given",
        "olmo3 | {\"sliding_window\": \"64\"} | 'sliding_window' must be a whole number",
        "olmo3 | {\"layer_types\": \"full_attention\"} | 'layer_types' must be an array of strings",
        "olmo3 | {\"layer_types\": [1, 2, 3, 4, 5]} | 'layer_types' must be an array of strings",
        "qwen2 | {\"use_sliding_window\": 1} | 'use_sliding_window' must be true or false"})
    void windowsThatCannotBeAreRefused(String family, String json, String message) {
        assertThatThrownBy(() -> read(Family.ofTeacher(family).orElseThrow(), json))
                .isInstanceOf(CheckpointException.class).hasMessageStartingWith("config.json: ")
                .hasMessageContaining(message);
    }

    @Test
    void otherLayerTypesAreNamed() {
        assertThatThrownBy(() -> read(Family.QWEN3, "{\"layer_types\": [\"full_attention\", \"full_attention\", "
                + "\"linear_attention\", \"full_attention\", \"full_attention\"]}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("'linear_attention'")
                .hasMessageContaining("full_attention, sliding_attention");
        assertThatThrownBy(() -> read(Family.LLAMA, "{\"layer_types\": [\"full_attention\", \"full_attention\", "
                + "\"sliding_attention\", \"full_attention\", \"full_attention\"]}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("no layer has a sliding window");
    }
}
