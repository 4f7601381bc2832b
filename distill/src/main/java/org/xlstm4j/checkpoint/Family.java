package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.xlstm4j.model.Traits.Norms;
import org.xlstm4j.model.Traits.QueryKeyNorm;

/**
 * A model family as Hugging Face names it, with what its layers have and what its absent settings mean. A new family is
 * a declaration here and an entry in the list of all.
 *
 * @param modelType    {@code model_type} of its teachers
 * @param architecture what its teachers' {@code architectures} holds
 * @param layers       what its layers have
 * @param defaults     what absent settings mean
 * @param only         settings of this family that have one value here, which an absent setting has too
 */
record Family(String modelType, String architecture, Layers layers, Defaults defaults, Map<String, JsonNode> only) {

    /** Llama 2, 3, 3.1 and 3.2. */
    static final Family LLAMA = new Family("llama", "LlamaForCausalLM",
            new Layers(Norms.BEFORE, QueryKeyNorm.NONE, Bias.AS_CONFIGURED, Windows.NONE),
            Defaults.of(2048, 1e-6), Map.of("mlp_bias", BooleanNode.FALSE));

    /** Mistral. */
    static final Family MISTRAL = new Family("mistral", "MistralForCausalLM",
            new Layers(Norms.BEFORE, QueryKeyNorm.NONE, Bias.NONE, Windows.EVERY_LAYER),
            Defaults.of(131_072, 1e-6).withKeyValueHeads(8), Map.of());

    /** Qwen2 and Qwen2.5. */
    static final Family QWEN2 = new Family("qwen2", "Qwen2ForCausalLM",
            new Layers(Norms.BEFORE, QueryKeyNorm.NONE, Bias.QUERY_KEY_VALUE, Windows.UPPER_LAYERS),
            Defaults.of(32_768, 1e-6).withKeyValueHeads(32), Map.of());

    /** Qwen3, dense. */
    static final Family QWEN3 = new Family("qwen3", "Qwen3ForCausalLM",
            new Layers(Norms.BEFORE, QueryKeyNorm.PER_HEAD, Bias.AS_CONFIGURED, Windows.UPPER_LAYERS),
            Defaults.of(32_768, 1e-6).withKeyValueHeads(32).withHeadDim(128), Map.of());

    /** OLMo 2. */
    static final Family OLMO2 = new Family("olmo2", "Olmo2ForCausalLM",
            new Layers(Norms.AFTER, QueryKeyNorm.WHOLE, Bias.AS_CONFIGURED, Windows.NONE),
            Defaults.of(2048, 1e-5), Map.of());

    /** Olmo 3. */
    static final Family OLMO3 = new Family("olmo3", "Olmo3ForCausalLM",
            new Layers(Norms.AFTER, QueryKeyNorm.WHOLE, Bias.AS_CONFIGURED, Windows.THREE_OF_FOUR_LAYERS),
            Defaults.of(2048, 1e-5).withRopeTheta(500_000), Map.of());

    private static final List<Family> ALL = List.of(LLAMA, MISTRAL, QWEN2, QWEN3, OLMO2, OLMO3);
    private static final String STUDENT_PREFIX = "xlstm_";

    /**
     * What a family's layers have.
     *
     * @param norms        where the norms stand
     * @param queryKeyNorm the norm of queries and keys
     * @param bias         the biases of the attention's projections
     * @param windows      which layers have a sliding window where {@code layer_types} does not say
     */
    record Layers(Norms norms, QueryKeyNorm queryKeyNorm, Bias bias, Windows windows) {
    }

    /** The biases of the attention's projections. */
    enum Bias {
        NONE,
        QUERY_KEY_VALUE,
        /** On all projections where {@code attention_bias} is true. */
        AS_CONFIGURED
    }

    /** Which layers have a sliding window. */
    enum Windows {
        NONE,
        /** All, if there is a {@code sliding_window}; {@code layer_types} cannot say otherwise. */
        EVERY_LAYER,
        /** Those from {@code max_window_layers} on, if {@code use_sliding_window}. */
        UPPER_LAYERS,
        /** All but every fourth, which alone have the RoPE scaling of the older style. */
        THREE_OF_FOUR_LAYERS
    }

    /**
     * What absent settings mean.
     *
     * @param maxPositions  {@code max_position_embeddings}
     * @param normEps       {@code rms_norm_eps}
     * @param ropeTheta     {@code rope_theta}
     * @param keyValueHeads {@code num_key_value_heads}; empty for as many as there are query heads
     * @param headDim       {@code head_dim}; empty for the hidden size divided by the heads
     */
    record Defaults(int maxPositions, double normEps, double ropeTheta, OptionalInt keyValueHeads,
                    OptionalInt headDim) {
        static Defaults of(int maxPositions, double normEps) {
            return new Defaults(maxPositions, normEps, 10_000, OptionalInt.empty(), OptionalInt.empty());
        }

        Defaults withRopeTheta(double theta) {
            return new Defaults(maxPositions, normEps, theta, keyValueHeads, headDim);
        }

        Defaults withKeyValueHeads(int heads) {
            return new Defaults(maxPositions, normEps, ropeTheta, OptionalInt.of(heads), headDim);
        }

        Defaults withHeadDim(int width) {
            return new Defaults(maxPositions, normEps, ropeTheta, keyValueHeads, OptionalInt.of(width));
        }
    }

    /** The family that calls its teachers {@code modelType}. */
    static Optional<Family> ofTeacher(String modelType) {
        return ALL.stream().filter(family -> family.modelType.equals(modelType)).findFirst();
    }

    /** The family that calls its students {@code modelType}. */
    static Optional<Family> ofStudent(String modelType) {
        return ALL.stream().filter(family -> family.studentModelType().equals(modelType)).findFirst();
    }

    /** Every {@code model_type} that can be read. */
    static List<String> supportedModelTypes() {
        return ALL.stream().flatMap(family -> List.of(family.modelType, family.studentModelType()).stream()).toList();
    }

    String studentModelType() {
        return STUDENT_PREFIX + modelType;
    }

    String studentArchitecture() {
        return "Xlstm" + architecture;
    }
}
