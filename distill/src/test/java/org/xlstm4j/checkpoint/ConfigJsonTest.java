package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;

class ConfigJsonTest {
    private static final Path FILE = Path.of("config.json");

    /** Llama 3.1 8B's settings, as they were saved when it came out. */
    private static final String OLDER = """
            {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "bos_token_id": 128000,
             "eos_token_id": [128001, 128008, 128009], "hidden_act": "silu", "hidden_size": 4096,
             "intermediate_size": 14336, "max_position_embeddings": 131072, "mlp_bias": false, "model_type": "llama",
             "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 8, "pretraining_tp": 1,
             "rms_norm_eps": 1e-05,
             "rope_scaling": {"factor": 8.0, "high_freq_factor": 4.0, "low_freq_factor": 1.0,
                              "original_max_position_embeddings": 8192, "rope_type": "llama3"},
             "rope_theta": 500000.0, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "transformers_version": "4.42.3", "use_cache": true, "vocab_size": 128256}""";

    private static ObjectNode json(String text) throws IOException {
        return (ObjectNode) Json.MAPPER.readTree(text);
    }

    private static ObjectNode older() throws IOException {
        return json(OLDER);
    }

    private static ModelConfig read(ObjectNode json) throws IOException {
        return ConfigJson.read(json, FILE);
    }

    @Test
    void olderStyle() throws IOException {
        var config = read(older());
        assertThat(config.headDim()).isEqualTo(128);
        assertThat(config.keyValueHeads()).isEqualTo(8);
        assertThat(config.normEps()).isEqualTo(1e-5);
        assertThat(config.rope()).isEqualTo(new RopeSpec(128, 500_000, new RopeScaling.Llama3(8, 1, 4, 8192)));
        assertThat(config.maxPositions()).isEqualTo(131_072);
        assertThat(config.tiedHead()).isFalse();
        assertThat(config.hybrid()).isEmpty();
    }

    @Test
    void newerStyle() throws IOException {
        var config = Checkpoint.open(Fixtures.SHARDED).config();
        assertThat(config.rope()).isEqualTo(new RopeSpec(16, 500_000, new RopeScaling.Llama3(8, 1, 4, 16)));
        assertThat(Checkpoint.open(Fixtures.TIED).config()).isEqualTo(new ModelConfig("llama", 320, 64, 176, 3, 4, 2,
                16, 512, 1e-5, RopeSpec.of(16, 500_000), true, Optional.empty()));
    }

    @Test
    void absentSettingsHaveTheFamilysDefaults() throws IOException {
        var json = json("""
                {"model_type": "llama", "vocab_size": 32000, "hidden_size": 256, "intermediate_size": 688,
                 "num_hidden_layers": 2, "num_attention_heads": 4, "rope_scaling": null, "head_dim": null}""");
        assertThat(read(json)).isEqualTo(new ModelConfig("llama", 32_000, 256, 688, 2, 4, 4, 64, 2048, 1e-6,
                RopeSpec.of(64, 10_000), false, Optional.empty()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen3_moe", "qwen2_vl", "olmo", "gpt2", "mixtral", "Llama"})
    void anotherFamilyIsNamed(String modelType) throws IOException {
        var json = older().put("model_type", modelType);
        assertThatThrownBy(() -> read(json)).isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("'" + modelType + "'")
                .hasMessageContaining("supported are llama, xlstm_llama, mistral, ");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "hidden_act | \"gelu\"", "mlp_bias | true",
        "quantization_config | {\"bits\": 4}"})
    void settingThatCannotBeRepresentedIsNamed(String name, String value) throws IOException {
        var json = older();
        json.set(name, Json.MAPPER.readTree(value));
        assertThatThrownBy(() -> read(json)).isInstanceOf(UnsupportedModelException.class)
                .hasMessageContaining("'" + name + "'").hasMessageContaining("only");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "vocab_size | null | 'vocab_size' must be a whole number and is missing",
        "vocab_size | \"320\" | 'vocab_size' must be a whole number, is \"320\"",
        "vocab_size | 0 | vocabSize must be positive, was 0",
        "num_key_value_heads | 5 | must be a multiple of keyValueHeads (5)",
        "num_attention_heads | 0 | num_attention_heads (0)",
        "num_hidden_layers | 2000000000 | num_hidden_layers must be at most 10000, was 2000000000",
        "tie_word_embeddings | 1 | 'tie_word_embeddings' must be true or false",
        "model_type | null | 'model_type' must be a string and is missing",
        "rope_scaling | {\"rope_type\": \"llama3\", \"factor\": 8} | 'low_freq_factor'",
        "rope_scaling | 8 | 'rope_scaling' must be an object"})
    void wrongSettingIsNamed(String name, String value, String message) throws IOException {
        var json = older();
        json.set(name, Json.MAPPER.readTree(value));
        assertThatThrownBy(() -> read(json)).isInstanceOf(CheckpointException.class)
                .hasMessageStartingWith("config.json: ").hasMessageContaining(message);
    }

    @Test
    void studentIsTheTeachersConfigWithAHybridObject() throws IOException {
        var teacher = older();
        teacher.put("my_note", 1e-7);
        var student = read(teacher).withHybrid(new HybridConfig(128, 2, 32));
        var written = ConfigJson.write(teacher, FILE, student, DType.BF16);
        assertThat(read(written)).isEqualTo(student);
        assertThat(written.get("model_type").asText()).isEqualTo("xlstm_llama");
        assertThat(written.get("architectures")).hasToString("[\"XlstmLlamaForCausalLM\"]");
        assertThat(written.get("hybrid"))
                .isEqualTo(json("{\"window\":128,\"sinks\":2,\"chunk_size\":32,\"teacher_model_type\":\"llama\"}"));
        written.remove("hybrid");
        written.set("model_type", teacher.get("model_type"));
        written.set("architectures", teacher.get("architectures"));
        assertThat(written).isEqualTo(teacher);
    }

    @Test
    void partsThatAStudentLacksAreWritten() throws IOException {
        var linear = read(older()).withHybrid(new HybridConfig(Memory.LINEAR, 0, 0, 32));
        var written = ConfigJson.write(older(), FILE, linear, DType.BF16);
        assertThat(read(written)).isEqualTo(linear);
        assertThat(written.get("hybrid")).isEqualTo(json("{\"memory\":\"linear\",\"window\":0,\"sinks\":0,"
                + "\"chunk_size\":32,\"teacher_model_type\":\"llama\"}"));
    }

    @Test
    void teacherComesBackFromItsStudentsConfig() throws IOException {
        var config = read(older());
        var student = ConfigJson.write(older(), FILE, config.withHybrid(HybridConfig.of(16, 4)), DType.BF16);
        assertThat(ConfigJson.write(student, FILE, config, DType.BF16)).isEqualTo(older());
    }

    @Test
    void dtypeIsWrittenInTheSourcesSpelling() throws IOException {
        assertThat(ConfigJson.write(older(), FILE, read(older()), DType.F32).get("torch_dtype").asText())
                .isEqualTo("float32");
        var newer = older();
        newer.remove("torch_dtype");
        assertThat(ConfigJson.write(newer, FILE, read(newer), DType.F16).get("dtype").asText()).isEqualTo("float16");
    }

    @Test
    void anotherArchitecturesConfigIsNotCarriedOver() throws IOException {
        var other = read(older().put("num_hidden_layers", 16));
        assertThatThrownBy(() -> ConfigJson.write(older(), FILE, other, DType.F32))
                .isInstanceOf(CheckpointException.class).hasMessageContaining("another architecture");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "null | 'hybrid' must be an object and is missing",
        "{\"window\": -1, \"sinks\": 4, \"teacher_model_type\": \"llama\"} | window must be at least 1 token, or 0",
        "{\"window\": 0, \"sinks\": 4, \"teacher_model_type\": \"llama\"} | there were 4",
        "{\"memory\": \"rwkv\", \"window\": 4, \"sinks\": 4, \"teacher_model_type\": \"llama\"} | mlstm and linear",
        "{\"sinks\": 4, \"teacher_model_type\": \"llama\"} | 'window'",
        "{\"window\": 16, \"sinks\": 4, \"teacher_model_type\": \"qwen3\"} | not from 'qwen3'"})
    void brokenStudentIsRefused(String hybrid, String message) throws IOException {
        var json = older().put("model_type", "xlstm_llama");
        json.set("hybrid", Json.MAPPER.readTree(hybrid));
        assertThatThrownBy(() -> read(json)).isInstanceOf(CheckpointException.class).hasMessageContaining(message);
    }
}
