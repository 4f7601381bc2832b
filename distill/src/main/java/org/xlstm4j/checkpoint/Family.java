package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A model family as Hugging Face names it.
 *
 * @param modelType    {@code model_type} of its teachers
 * @param architecture what its teachers' {@code architectures} holds
 * @param only         settings that have one value here, which an absent setting has too; null means absent
 * @param buffers      tensors that old checkpoints carry and the configuration already gives
 */
record Family(String modelType, String architecture, Map<String, JsonNode> only, Pattern buffers) {

    static final Family LLAMA = new Family("llama", "LlamaForCausalLM", Map.of(
            "hidden_act", TextNode.valueOf("silu"),
            "attention_bias", BooleanNode.FALSE,
            "mlp_bias", BooleanNode.FALSE,
            "sliding_window", NullNode.instance,
            "quantization_config", NullNode.instance),
            Pattern.compile(".*\\.rotary_emb\\.inv_freq"));

    private static final List<Family> ALL = List.of(LLAMA);
    private static final String STUDENT_PREFIX = "xlstm_";

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
