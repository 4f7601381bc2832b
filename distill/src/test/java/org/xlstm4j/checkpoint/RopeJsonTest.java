package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;

class RopeJsonTest {
    private static final int MAX_POSITIONS = 8192;
    private static final RopeSpec PLAIN = RopeSpec.of(8, 500_000);
    private static final RopeScaling.Yarn YARN = new RopeScaling.Yarn(8, 32, 1, 1.25, 1024);
    private static final String YARN_JSON = "{\"rope_type\": \"yarn\", \"factor\": 8.0, \"attention_factor\": 1.25, "
            + "\"beta_fast\": 32.0, \"beta_slow\": 1.0, \"original_max_position_embeddings\": 1024}";
    private static final String YARN_WITH_THETA = YARN_JSON.replace("}", ", \"rope_theta\": 500000.0}");

    private static RopeJson.Ropes read(Family family, String json) throws IOException {
        var settings = new Settings(Json.MAPPER.readTree(json), Path.of("config.json"));
        return new RopeJson(settings, family, 8, MAX_POSITIONS).read();
    }

    private static RopeScaling scaling(String json) throws IOException {
        return read(Family.QWEN3, "{\"rope_theta\": 1e6, \"rope_scaling\": " + json + "}").full().scaling();
    }

    @Test
    void olderAndNewerStyleSayTheSame() throws IOException {
        var expected = new RopeSpec(8, 500_000, YARN);
        assertThat(read(Family.QWEN3, "{\"rope_theta\": 500000, \"rope_scaling\": " + YARN_JSON + "}"))
                .isEqualTo(new RopeJson.Ropes(expected, expected));
        assertThat(read(Family.QWEN3, "{\"rope_parameters\": " + YARN_WITH_THETA + "}"))
                .isEqualTo(new RopeJson.Ropes(expected, expected));
    }

    @Test
    void absentScalingIsNone() throws IOException {
        for (var json : new String[] {"{\"rope_theta\": 500000.0}", "{\"rope_theta\": 500000, \"rope_scaling\": null}",
            "{\"rope_parameters\": {\"rope_theta\": 500000}}", "{\"rope_theta\": 500000, \"rope_scaling\": {}}",
            "{\"rope_parameters\": {\"rope_theta\": 500000, \"rope_type\": \"default\"}, \"rope_scaling\": {}}"}) {
            assertThat(read(Family.LLAMA, json)).as(json).isEqualTo(new RopeJson.Ropes(PLAIN, PLAIN));
            assertThat(read(Family.OLMO3, json)).as(json).isEqualTo(new RopeJson.Ropes(PLAIN, PLAIN));
        }
    }

    @Test
    void absentThetaIsTheFamilys() throws IOException {
        assertThat(read(Family.LLAMA, "{}").full().theta()).isEqualTo(10_000);
        assertThat(read(Family.OLMO2, "{}").full().theta()).isEqualTo(10_000);
        assertThat(read(Family.OLMO3, "{}").sliding().theta()).isEqualTo(500_000);
    }

    /** Both styles in one file: transformers takes the older one. */
    @Test
    void olderStyleGoesBeforeTheNewer() throws IOException {
        var json = "{\"rope_theta\": 7000, \"rope_scaling\": {\"type\": \"linear\", \"factor\": 2}, "
                + "\"rope_parameters\": {\"rope_theta\": 500000, \"rope_type\": \"default\"}}";
        assertThat(read(Family.LLAMA, json).full()).isEqualTo(new RopeSpec(8, 7000, new RopeScaling.Linear(2)));
    }

    @Test
    void linearAndLlama3InTheirSpellings() throws IOException {
        assertThat(scaling("{\"type\": \"linear\", \"factor\": 2}")).isEqualTo(new RopeScaling.Linear(2));
        assertThat(scaling("{\"rope_type\": \"linear\", \"factor\": 2.5}")).isEqualTo(new RopeScaling.Linear(2.5));
        assertThat(scaling("{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, "
                + "\"high_freq_factor\": 4, \"original_max_position_embeddings\": 64}"))
                .isEqualTo(new RopeScaling.Llama3(8, 1, 4, 64));
        assertThat(scaling("{\"rope_type\": \"llama3\", \"factor\": 8, \"low_freq_factor\": 1, "
                + "\"high_freq_factor\": 4}")).isEqualTo(new RopeScaling.Llama3(8, 1, 4, MAX_POSITIONS));
    }

    @Test
    void yarnsAbsentParametersFollowFromTheOthers() throws IOException {
        assertThat(scaling("{\"type\": \"yarn\", \"factor\": 4.0, \"original_max_position_embeddings\": 32768}"))
                .isEqualTo(RopeScaling.Yarn.of(4, 32_768));
        assertThat(scaling("{\"type\": \"yarn\", \"factor\": 4.0}"))
                .isEqualTo(RopeScaling.Yarn.of(4, MAX_POSITIONS));
        assertThat(scaling("{\"type\": \"yarn\", \"factor\": null, \"original_max_position_embeddings\": 1024}"))
                .isEqualTo(RopeScaling.Yarn.of(8, 1024));
        assertThat(read(Family.QWEN2, "{\"original_max_position_embeddings\": 512, \"rope_scaling\": "
                + YARN_JSON + "}").full().scaling()).isEqualTo(new RopeScaling.Yarn(8, 32, 1, 1.25, 512));
    }

    @Test
    void yarnHasAllItsParameters() throws IOException {
        assertThat(scaling("{\"rope_type\": \"yarn\", \"factor\": 4, \"beta_fast\": 16, \"beta_slow\": 2, "
                + "\"attention_factor\": 1.5, \"original_max_position_embeddings\": 1024, \"truncate\": false}"))
                .isEqualTo(new RopeScaling.Yarn(4, 16, 2, 1.5, 1024, false));
        assertThat(scaling("{\"rope_type\": \"yarn\", \"factor\": 40, \"mscale\": 0.707, \"mscale_all_dim\": 1.0}")
                .attentionFactor()).isCloseTo(0.9210423, within(1e-6));
        assertThat(scaling("{\"rope_type\": \"yarn\", \"factor\": 40, \"mscale\": 0.707, \"mscale_all_dim\": 0}")
                .attentionFactor()).isCloseTo(RopeScaling.Yarn.attentionFactor(40), within(1e-12));
    }

    /** Olmo 3 stretches the layers that see everything alone. */
    @Test
    void olmo3sOlderScalingIsNotThatOfSlidingLayers() throws IOException {
        assertThat(read(Family.OLMO3, "{\"rope_theta\": 500000, \"rope_scaling\": " + YARN_JSON + "}"))
                .isEqualTo(new RopeJson.Ropes(new RopeSpec(8, 500_000, YARN), PLAIN));
    }

    @Test
    void ropeMayDifferByLayerType() throws IOException {
        assertThat(read(Family.OLMO3, "{\"rope_parameters\": {\"full_attention\": " + YARN_WITH_THETA
                + ", \"sliding_attention\": {\"rope_type\": \"default\", \"rope_theta\": 10000.0}}}"))
                .isEqualTo(new RopeJson.Ropes(new RopeSpec(8, 500_000, YARN), RopeSpec.of(8, 10_000)));
        assertThat(read(Family.OLMO3, "{\"rope_parameters\": {\"full_attention\": " + YARN_JSON + "}}"))
                .isEqualTo(new RopeJson.Ropes(new RopeSpec(8, 500_000, YARN), PLAIN));
    }

    @Test
    void scalingOfOneKindForLayersOfTwoIsRefused() {
        assertThatThrownBy(() -> read(Family.OLMO3, "{\"rope_parameters\": " + YARN_WITH_THETA + "}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("by layer type");
        assertThatThrownBy(() -> read(Family.OLMO3, "{\"rope_parameters\": {\"full_attention\": {}, "
                + "\"chunked_attention\": {}, \"rope_theta\": null}}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("has [chunked_attention]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"dynamic", "longrope", "mrope", "su"})
    void anotherTypeIsNamed(String type) {
        assertThatThrownBy(() -> scaling("{\"rope_type\": \"" + type + "\", \"factor\": 2}"))
                .isInstanceOf(UnsupportedModelException.class).hasMessageContaining("'" + type + "'")
                .hasMessageContaining("default, linear, llama3, yarn");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"partial_rotary_factor\": 0.5}",
        "{\"rope_parameters\": {\"partial_rotary_factor\": 0.5}}",
        "{\"rope_parameters\": {\"full_attention\": {\"partial_rotary_factor\": 0.5}}}"})
    void partialRotationIsRefused(String json) {
        assertThatThrownBy(() -> read(Family.LLAMA, json)).isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("partial_rotary_factor");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"rope_type\": \"linear\"} | 'factor' must be a number and is missing",
        "{\"rope_type\": \"linear\", \"factor\": \"2\"} | 'factor' must be a number",
        "{\"rope_type\": 3} | 'rope_type' must be a string",
        "{\"rope_type\": \"yarn\", \"factor\": 2, \"truncate\": 1} | 'truncate' must be true or false"})
    void wrongParameterIsNamed(String json, String message) {
        assertThatThrownBy(() -> scaling(json)).isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: ").hasMessageContaining(message);
    }

    @Test
    void parametersThatAreNoObjectAreRefused() {
        assertThatThrownBy(() -> read(Family.LLAMA, "{\"rope_parameters\": [1]}"))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("'rope_parameters' must be an object");
    }
}
