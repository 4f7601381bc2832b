package org.xlstm4j.model;

/** The names of parameters in checkpoints and graphs: Hugging Face's for the teacher's, ours for the mixer's. */
public record ParameterNames(String prefix) {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String HEAD = "lm_head.weight";

    /** Names within decoder layer {@code index}. */
    public static ParameterNames layer(int index) {
        return new ParameterNames("model.layers." + index + ".");
    }

    public String inputNorm() {
        return prefix + "input_layernorm.weight";
    }

    public String query() {
        return prefix + "self_attn.q_proj.weight";
    }

    public String key() {
        return prefix + "self_attn.k_proj.weight";
    }

    public String value() {
        return prefix + "self_attn.v_proj.weight";
    }

    public String output() {
        return prefix + "self_attn.o_proj.weight";
    }

    /** φ_q, [heads, headDim, headDim]. */
    public String queryFeatures() {
        return prefix + "self_attn.q_features.weight";
    }

    /** φ_k, [heads, headDim, headDim]. */
    public String keyFeatures() {
        return prefix + "self_attn.k_features.weight";
    }

    public String inputGateWeight() {
        return prefix + "self_attn.input_gate.weight";
    }

    public String inputGateBias() {
        return prefix + "self_attn.input_gate.bias";
    }

    public String forgetGateWeight() {
        return prefix + "self_attn.forget_gate.weight";
    }

    public String forgetGateBias() {
        return prefix + "self_attn.forget_gate.bias";
    }

    /** Output gate over [q, k, v] of its head, after RoPE: [heads, 3 · headDim]. */
    public String outputGateWeight() {
        return prefix + "self_attn.output_gate.weight";
    }

    public String outputGateBias() {
        return prefix + "self_attn.output_gate.bias";
    }

    public String postAttentionNorm() {
        return prefix + "post_attention_layernorm.weight";
    }

    public String gateProjection() {
        return prefix + "mlp.gate_proj.weight";
    }

    public String upProjection() {
        return prefix + "mlp.up_proj.weight";
    }

    public String downProjection() {
        return prefix + "mlp.down_proj.weight";
    }

    /** Whether {@code name} is a parameter that the student adds to its teacher's. */
    public static boolean isMixer(String name) {
        return name.contains(".self_attn.") && (name.contains("_features.") || name.contains("_gate."));
    }
}
