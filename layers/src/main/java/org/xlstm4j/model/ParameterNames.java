package org.xlstm4j.model;

/** The names of parameters in checkpoints and graphs: Hugging Face's for the teacher's, ours for the mixer's. */
public record ParameterNames(String prefix) {
    /** Token embedding, [vocabSize, hiddenSize]. */
    public static final String EMBEDDING = "model.embed_tokens.weight";
    /** Norm before the head, [hiddenSize]. */
    public static final String FINAL_NORM = "model.norm.weight";
    /** Language-model head where it is not tied, [vocabSize, hiddenSize]. */
    public static final String HEAD = "lm_head.weight";

    /** Names within decoder layer {@code index}. */
    public static ParameterNames layer(int index) {
        return new ParameterNames("model.layers." + index + ".");
    }

    /** Norm of what the mixer reads, [hiddenSize]. */
    public String inputNorm() {
        return prefix + "input_layernorm.weight";
    }

    /** Query projection, [heads · headDim, hiddenSize]. */
    public String query() {
        return prefix + "self_attn.q_proj.weight";
    }

    /** Key projection, [keyValueHeads · headDim, hiddenSize]. */
    public String key() {
        return prefix + "self_attn.k_proj.weight";
    }

    /** Value projection, [keyValueHeads · headDim, hiddenSize]. */
    public String value() {
        return prefix + "self_attn.v_proj.weight";
    }

    /** Output projection, [hiddenSize, heads · headDim]. */
    public String output() {
        return prefix + "self_attn.o_proj.weight";
    }

    /** Query projection's bias, [heads · headDim]. */
    public String queryBias() {
        return prefix + "self_attn.q_proj.bias";
    }

    /** Key projection's bias, [keyValueHeads · headDim]. */
    public String keyBias() {
        return prefix + "self_attn.k_proj.bias";
    }

    /** Value projection's bias, [keyValueHeads · headDim]. */
    public String valueBias() {
        return prefix + "self_attn.v_proj.bias";
    }

    /** Output projection's bias, [hiddenSize]. */
    public String outputBias() {
        return prefix + "self_attn.o_proj.bias";
    }

    /** Norm of the queries, [headDim] or [heads · headDim]. */
    public String queryNorm() {
        return prefix + "self_attn.q_norm.weight";
    }

    /** Norm of the keys, [headDim] or [keyValueHeads · headDim]. */
    public String keyNorm() {
        return prefix + "self_attn.k_norm.weight";
    }

    /** φ_q, [heads, headDim, headDim]. */
    public String queryFeatures() {
        return prefix + "self_attn.q_features.weight";
    }

    /** φ_k, [heads, headDim, headDim]. */
    public String keyFeatures() {
        return prefix + "self_attn.k_features.weight";
    }

    /** Input gate, [heads, hiddenSize]. */
    public String inputGateWeight() {
        return prefix + "self_attn.input_gate.weight";
    }

    /** Input gate's bias, [heads]. */
    public String inputGateBias() {
        return prefix + "self_attn.input_gate.bias";
    }

    /** Forget gate, [heads, hiddenSize]. */
    public String forgetGateWeight() {
        return prefix + "self_attn.forget_gate.weight";
    }

    /** Forget gate's bias, [heads]. */
    public String forgetGateBias() {
        return prefix + "self_attn.forget_gate.bias";
    }

    /** Output gate over [q, k, v] of its head, after RoPE: [heads, 3 · headDim]. */
    public String outputGateWeight() {
        return prefix + "self_attn.output_gate.weight";
    }

    /** Output gate's bias, [heads]. */
    public String outputGateBias() {
        return prefix + "self_attn.output_gate.bias";
    }

    /** Norm of what the MLP reads, or where norms stand after, of what the mixer adds; [hiddenSize]. */
    public String postAttentionNorm() {
        return prefix + "post_attention_layernorm.weight";
    }

    /** Norm of what the MLP adds, where norms stand after; [hiddenSize]. */
    public String postFeedforwardNorm() {
        return prefix + "post_feedforward_layernorm.weight";
    }

    /** The MLP's gate, [intermediateSize, hiddenSize]. */
    public String gateProjection() {
        return prefix + "mlp.gate_proj.weight";
    }

    /** The MLP's way up, [intermediateSize, hiddenSize]. */
    public String upProjection() {
        return prefix + "mlp.up_proj.weight";
    }

    /** The MLP's way down, [hiddenSize, intermediateSize]. */
    public String downProjection() {
        return prefix + "mlp.down_proj.weight";
    }

    /** Whether {@code name} is the weight of a norm. */
    public static boolean isNorm(String name) {
        return name.endsWith("norm.weight");
    }

    /** Whether {@code name} is a weight or bias of the mixer's input, forget or output gate. */
    public static boolean isGate(String name) {
        return name.contains(".self_attn.") && name.contains("_gate.");
    }

    /** Whether {@code name} is a parameter that the student adds to its teacher's. */
    public static boolean isMixer(String name) {
        return name.contains(".self_attn.") && (name.contains("_features.") || name.contains("_gate."));
    }
}
