package org.xlstm4j.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.SlidingLayers;
import org.xlstm4j.model.Traits;
import org.xlstm4j.model.Traits.Biases;
import org.xlstm4j.model.Traits.Norms;
import org.xlstm4j.model.Traits.QueryKeyNorm;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;

/** The settings that the families' well-known models were released with. */
class FamilyTest {
    private static final Path FILE = Path.of("config.json");

    private static ObjectNode json(String text) throws IOException {
        return (ObjectNode) Json.MAPPER.readTree(text);
    }

    private static ModelConfig read(String text) throws IOException {
        return ConfigJson.read(json(text), FILE);
    }

    @Test
    void llama2() throws IOException {
        assertThat(read("""
                {"architectures": ["LlamaForCausalLM"], "bos_token_id": 1, "eos_token_id": 2, "hidden_act": "silu",
                 "hidden_size": 4096, "initializer_range": 0.02, "intermediate_size": 11008,
                 "max_position_embeddings": 4096, "model_type": "llama", "num_attention_heads": 32,
                 "num_hidden_layers": 32, "num_key_value_heads": 32, "pretraining_tp": 1, "rms_norm_eps": 1e-05,
                 "rope_scaling": null, "tie_word_embeddings": false, "torch_dtype": "float16",
                 "transformers_version": "4.31.0.dev0", "use_cache": true, "vocab_size": 32000}"""))
                .isEqualTo(new ModelConfig("llama", 32_000, 4096, 11_008, 32, 32, 32, 128, 4096, 1e-5,
                        RopeSpec.of(128, 10_000), false, Optional.empty()));
    }

    @Test
    void llama32IsTiedAndHasItsOwnHeadDim() throws IOException {
        assertThat(read("""
                {"attention_bias": false, "head_dim": 64, "hidden_act": "silu", "hidden_size": 2048,
                 "intermediate_size": 8192, "max_position_embeddings": 131072, "mlp_bias": false,
                 "model_type": "llama", "num_attention_heads": 32, "num_hidden_layers": 16, "num_key_value_heads": 8,
                 "rms_norm_eps": 1e-05, "rope_scaling": {"factor": 32.0, "high_freq_factor": 4.0,
                 "low_freq_factor": 1.0, "original_max_position_embeddings": 8192, "rope_type": "llama3"},
                 "rope_theta": 500000.0, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
                 "vocab_size": 128256}"""))
                .isEqualTo(new ModelConfig("llama", 128_256, 2048, 8192, 16, 32, 8, 64, 131_072, 1e-5,
                        new RopeSpec(64, 500_000, new RopeScaling.Llama3(32, 1, 4, 8192)), true, Optional.empty()));
    }

    private static final String MISTRAL = """
            {"architectures": ["MistralForCausalLM"], "hidden_act": "silu", "hidden_size": 4096,
             "intermediate_size": 14336, "max_position_embeddings": 32768, "model_type": "mistral",
             "num_attention_heads": 32, "num_hidden_layers": 2, "rms_norm_eps": 1e-05, "rope_theta": 10000.0,
             "sliding_window": 4096, "tie_word_embeddings": false, "torch_dtype": "bfloat16", "vocab_size": 32000}""";

    @Test
    void mistral() throws IOException {
        var rope = RopeSpec.of(128, 10_000);
        assertThat(read(MISTRAL)).isEqualTo(new ModelConfig("mistral", 32_000, 4096, 14_336, 2, 32, 8, 128, 32_768,
                1e-5, rope, false, Traits.LLAMA, Optional.of(new SlidingLayers(List.of(0, 1), 4096, rope)),
                Optional.empty()));
    }

    /** An absent number of key and value heads is the family's, an explicit null as many as there are query heads. */
    @Test
    void absentHeadsAreNotNoHeads() throws IOException {
        assertThat(read(MISTRAL).keyValueHeads()).isEqualTo(8);
        assertThat(read(MISTRAL.replace("\"num_hidden", "\"num_key_value_heads\": null, \"num_hidden")).keyValueHeads())
                .isEqualTo(32);
    }

    @Test
    void qwen25HasBiasesOnQueriesKeysAndValues() throws IOException {
        assertThat(read("""
                {"architectures": ["Qwen2ForCausalLM"], "attention_dropout": 0.0, "hidden_act": "silu",
                 "hidden_size": 896, "intermediate_size": 4864, "max_position_embeddings": 32768,
                 "max_window_layers": 21, "model_type": "qwen2", "num_attention_heads": 14, "num_hidden_layers": 24,
                 "num_key_value_heads": 2, "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 32768,
                 "tie_word_embeddings": true, "torch_dtype": "bfloat16", "use_mrope": false,
                 "use_sliding_window": false, "vocab_size": 151936}"""))
                .isEqualTo(new ModelConfig("qwen2", 151_936, 896, 4864, 24, 14, 2, 64, 32_768, 1e-6,
                        RopeSpec.of(64, 1_000_000), true,
                        new Traits(Norms.BEFORE, QueryKeyNorm.NONE, Biases.QUERY_KEY_VALUE), Optional.empty(),
                        Optional.empty()));
    }

    private static final String QWEN3 = """
            {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "hidden_act": "silu",
             "hidden_size": 1024, "intermediate_size": 3072, "max_position_embeddings": 40960,
             "max_window_layers": 28, "model_type": "qwen3", "num_attention_heads": 16, "num_hidden_layers": 28,
             "num_key_value_heads": 8, "rms_norm_eps": 1e-06, "rope_scaling": null, "rope_theta": 1000000,
             "sliding_window": null, "tie_word_embeddings": true, "torch_dtype": "bfloat16",
             "use_sliding_window": false, "vocab_size": 151936}""";

    @Test
    void qwen3NormsItsHeadsWhichAreAsWideAsItsFamilys() throws IOException {
        assertThat(read(QWEN3)).isEqualTo(new ModelConfig("qwen3", 151_936, 1024, 3072, 28, 16, 8, 128, 40_960, 1e-6,
                RopeSpec.of(128, 1_000_000), true, new Traits(Norms.BEFORE, QueryKeyNorm.PER_HEAD, Biases.NONE),
                Optional.empty(), Optional.empty()));
        assertThat(read(QWEN3.replace("{\"arch", "{\"head_dim\": 32, \"arch")).headDim()).isEqualTo(32);
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama", "qwen3", "olmo2"})
    void attentionBiasIsThatOfAllProjections(String family) throws IOException {
        var biased = QWEN3.replace("\"attention_bias\": false", "\"attention_bias\": true")
                .replace("qwen3", family);
        assertThat(read(biased).traits().biases()).isEqualTo(Biases.ALL);
        assertThat(read(biased).parameterShapes().get("model.layers.3.self_attn.o_proj.bias")).containsExactly(1024);
    }

    @Test
    void mistralHasNoBiasWhateverItsConfigSays() throws IOException {
        assertThat(read(MISTRAL.replace("{\"arch", "{\"attention_bias\": true, \"arch")).traits().biases())
                .isEqualTo(Biases.NONE);
    }

    @Test
    void olmo2NormsAfter() throws IOException {
        assertThat(read("""
                {"architectures": ["Olmo2ForCausalLM"], "attention_bias": false, "attention_dropout": 0.0,
                 "eos_token_id": 100257, "hidden_act": "silu", "hidden_size": 4096, "intermediate_size": 11008,
                 "max_position_embeddings": 4096, "model_type": "olmo2", "num_attention_heads": 32,
                 "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 100277, "rms_norm_eps": 1e-06,
                 "rope_scaling": null, "rope_theta": 500000, "tie_word_embeddings": false, "torch_dtype": "float32",
                 "vocab_size": 100352}"""))
                .isEqualTo(new ModelConfig("olmo2", 100_352, 4096, 11_008, 32, 32, 32, 128, 4096, 1e-6,
                        RopeSpec.of(128, 500_000), false, new Traits(Norms.AFTER, QueryKeyNorm.WHOLE, Biases.NONE),
                        Optional.empty(), Optional.empty()));
    }

    private static final String OLMO3 = """
            {"architectures": ["Olmo3ForCausalLM"], "attention_bias": false, "hidden_act": "silu",
             "hidden_size": 4096, "intermediate_size": 11008, "max_position_embeddings": 65536,
             "model_type": "olmo3", "num_attention_heads": 32, "num_hidden_layers": 8, "num_key_value_heads": 32,
             "rms_norm_eps": 1e-06, "rope_scaling": {"attention_factor": 1.2079441541679836, "beta_fast": 32.0,
             "beta_slow": 1.0, "factor": 8.0, "original_max_position_embeddings": 8192, "rope_type": "yarn"},
             "rope_theta": 500000, "sliding_window": 4096, "tie_word_embeddings": false, "torch_dtype": "bfloat16",
             "vocab_size": 100278}""";

    private static final ModelConfig OLMO3_CONFIG = new ModelConfig("olmo3", 100_278, 4096, 11_008, 8, 32, 32, 128,
            65_536, 1e-6, new RopeSpec(128, 500_000, new RopeScaling.Yarn(8, 32, 1, 1.2079441541679836, 8192)), false,
            new Traits(Norms.AFTER, QueryKeyNorm.WHOLE, Biases.NONE),
            Optional.of(new SlidingLayers(List.of(0, 1, 2, 4, 5, 6), 4096, RopeSpec.of(128, 500_000))),
            Optional.empty());

    @Test
    void olmo3HasWindowsInThreeOfFourLayers() throws IOException {
        assertThat(read(OLMO3)).isEqualTo(OLMO3_CONFIG);
    }

    @Test
    void olmo3InTheNewerStyle() throws IOException {
        var json = json(OLMO3);
        var full = json.remove("rope_scaling").deepCopy();
        json.remove("rope_theta");
        json.put("dtype", json.remove("torch_dtype").asText());
        ((ObjectNode) full).put("rope_theta", 500_000.0);
        var byType = json.putObject("rope_parameters");
        byType.set("full_attention", full);
        byType.putObject("sliding_attention").put("rope_theta", 500_000.0).put("rope_type", "default");
        var types = json.putArray("layer_types");
        IntStream.range(0, 8).forEach(layer -> types.add(layer % 4 == 3 ? "full_attention" : "sliding_attention"));
        assertThat(ConfigJson.read(json, FILE)).isEqualTo(OLMO3_CONFIG);
    }

    @ParameterizedTest
    @ValueSource(strings = {MISTRAL, QWEN3, OLMO3})
    void studentKeepsWhatItsTeacherHas(String teacher) throws IOException {
        var config = read(teacher);
        var student = config.withHybrid(HybridConfig.of(16, 4));
        var written = ConfigJson.write(json(teacher), FILE, student, DType.BF16);
        assertThat(ConfigJson.read(written, FILE)).isEqualTo(student);
        assertThat(student.teacher()).isEqualTo(config);
        assertThat(written.get("model_type").asText()).isEqualTo("xlstm_" + config.family());
        assertThat(ConfigJson.write(written, FILE, config, DType.BF16)).isEqualTo(json(teacher));
    }

    @Test
    void epsAndPositionsThatAreAbsentAreTheFamilys() throws IOException {
        var plain = """
                {"model_type": "olmo2", "vocab_size": 100, "hidden_size": 64, "intermediate_size": 96,
                 "num_hidden_layers": 2, "num_attention_heads": 4}""";
        assertThat(read(plain).normEps()).isEqualTo(1e-5);
        assertThat(read(plain).maxPositions()).isEqualTo(2048);
        assertThat(read(plain).keyValueHeads()).isEqualTo(4);
        var qwen = plain.replace("olmo2", "qwen3");
        assertThatThrownBy(() -> read(qwen)).isInstanceOf(CheckpointException.class)
                .hasMessageContaining("keyValueHeads (32)");
        var given = qwen.replace("{\"model", "{\"num_key_value_heads\": 2, \"model");
        assertThat(read(given).normEps()).isEqualTo(1e-6);
        assertThat(read(given).maxPositions()).isEqualTo(32_768);
        assertThat(read(given).headDim()).isEqualTo(128);
    }
}
