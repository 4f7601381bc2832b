package org.xlstm4j.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.LinkedHashMap;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.safetensors.DType;

/** The config.json of a checkpoint that is made here. */
public final class LlamaJson {
    private LlamaJson() {
    }

    /** The file's content for a Llama without scaled RoPE. */
    public static byte[] of(ModelConfig config, DType dtype) throws IOException {
        var json = new LinkedHashMap<String, Object>();
        json.put("model_type", "llama");
        json.put("architectures", new String[] {"LlamaForCausalLM"});
        json.put("vocab_size", config.vocabSize());
        json.put("hidden_size", config.hiddenSize());
        json.put("intermediate_size", config.intermediateSize());
        json.put("num_hidden_layers", config.layers());
        json.put("num_attention_heads", config.heads());
        json.put("num_key_value_heads", config.keyValueHeads());
        json.put("head_dim", config.headDim());
        json.put("max_position_embeddings", config.maxPositions());
        json.put("rms_norm_eps", config.normEps());
        json.put("rope_theta", config.rope().theta());
        json.put("tie_word_embeddings", config.tiedHead());
        json.put("hidden_act", "silu");
        json.put("bos_token_id", 1);
        json.put("eos_token_id", 2);
        json.put("torch_dtype", dtype == DType.BF16 ? "bfloat16" : "float32");
        return new ObjectMapper().writeValueAsBytes(json);
    }
}
