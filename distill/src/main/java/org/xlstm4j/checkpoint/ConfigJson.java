package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Optional;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.ops.rope.RopeScaling;
import org.xlstm4j.ops.rope.RopeSpec;
import org.xlstm4j.safetensors.DType;

/** Between Hugging Face's config.json, in its older and newer style, and {@link ModelConfig}. */
final class ConfigJson {
    private static final String HYBRID = "hybrid";
    private static final String MODEL_TYPE = "model_type";

    private ConfigJson() {
    }

    /**
     * The architecture that {@code json} describes.
     *
     * @throws UnsupportedModelException if it is one that {@link ModelConfig} cannot express
     */
    static ModelConfig read(ObjectNode json, Path file) throws CheckpointException {
        var settings = new Settings(json, file);
        var family = family(settings);
        requireRepresentable(family, settings);
        int hiddenSize = settings.integer("hidden_size");
        int heads = settings.integer("num_attention_heads");
        if (!settings.has("head_dim") && (heads <= 0 || hiddenSize % heads != 0)) {
            throw new CheckpointException(file + ": hidden_size (" + hiddenSize
                    + ") must be a multiple of num_attention_heads (" + heads + ") where head_dim is not given");
        }
        int headDim = settings.has("head_dim") ? settings.integer("head_dim") : hiddenSize / heads;
        try {
            return new ModelConfig(family.modelType(), settings.integer("vocab_size"), hiddenSize,
                    settings.integer("intermediate_size"), settings.integer("num_hidden_layers"), heads,
                    settings.integer("num_key_value_heads", heads), headDim,
                    settings.integer("max_position_embeddings", 2048), settings.real("rms_norm_eps", 1e-6),
                    rope(settings, headDim), settings.flag("tie_word_embeddings", false), hybrid(settings));
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
    }

    /** {@code source} with what {@code config} and {@code dtype} change in it; all else is carried over untouched. */
    static ObjectNode write(ObjectNode source, Path sourceFile, ModelConfig config, DType dtype)
            throws CheckpointException {
        var family = Family.ofTeacher(config.family()).orElseThrow(() -> unsupported(config.family(), sourceFile));
        var json = source.deepCopy();
        json.put(MODEL_TYPE, config.isStudent() ? family.studentModelType() : family.modelType());
        json.putArray("architectures")
                .add(config.isStudent() ? family.studentArchitecture() : family.architecture());
        json.remove(HYBRID);
        config.hybrid().ifPresent(hybrid -> json.putObject(HYBRID)
                .put("window", hybrid.window())
                .put("sinks", hybrid.sinks())
                .put("chunk_size", hybrid.chunkSize())
                .put("teacher_model_type", family.modelType()));
        json.put(json.has("torch_dtype") ? "torch_dtype" : "dtype", dtype.configName());
        if (!read(json, sourceFile).equals(config)) {
            throw new CheckpointException(sourceFile + " describes another architecture than the model to be written: "
                    + read(json, sourceFile) + " instead of " + config);
        }
        return json;
    }

    private static Family family(Settings settings) throws CheckpointException {
        var modelType = settings.text(MODEL_TYPE);
        var family = Family.ofTeacher(modelType).or(() -> Family.ofStudent(modelType))
                .orElseThrow(() -> unsupported(modelType, settings.file()));
        if (isStudent(settings)) {
            var teacher = settings.object(HYBRID).text("teacher_model_type");
            if (!teacher.equals(family.modelType())) {
                throw new UnsupportedModelException(settings.file() + ": a " + modelType + " student comes from a "
                        + family.modelType() + " teacher, not from '" + teacher + "'");
            }
        }
        return family;
    }

    private static boolean isStudent(Settings settings) throws CheckpointException {
        return Family.ofStudent(settings.text(MODEL_TYPE)).isPresent();
    }

    private static UnsupportedModelException unsupported(String modelType, Path file) {
        return new UnsupportedModelException(file + ": model_type '" + modelType
                + "' is not supported; supported are " + String.join(", ", Family.supportedModelTypes()));
    }

    private static void requireRepresentable(Family family, Settings settings) throws UnsupportedModelException {
        for (var only : family.only().entrySet()) {
            if (settings.has(only.getKey()) && !settings.json().get(only.getKey()).equals(only.getValue())) {
                throw new UnsupportedModelException(settings.file() + ": '" + only.getKey() + "' is "
                        + settings.json().get(only.getKey()) + "; " + family.modelType() + " models are supported with "
                        + (only.getValue().isNull() ? "none" : only.getValue()) + " only");
            }
        }
    }

    private static RopeSpec rope(Settings settings, int headDim) throws CheckpointException {
        var group = settings.has("rope_parameters") ? "rope_parameters" : "rope_scaling";
        double theta = settings.real("rope_theta", 10_000);
        if (!settings.has(group)) {
            return RopeSpec.of(headDim, theta);
        }
        var rope = settings.object(group);
        if (rope.real("partial_rotary_factor", 1) != 1) {
            throw new UnsupportedModelException(
                    settings.file() + ": 'partial_rotary_factor' is not supported; the whole head must be rotated");
        }
        var type = rope.text("rope_type", rope.text("type", "default"));
        var scaling = switch (type) {
            case "default" -> new RopeScaling.None();
            case "linear" -> new RopeScaling.Linear(rope.real("factor"));
            case "llama3" -> new RopeScaling.Llama3(rope.real("factor"), rope.real("low_freq_factor"),
                    rope.real("high_freq_factor"), rope.integer("original_max_position_embeddings"));
            default -> throw new UnsupportedModelException(settings.file() + ": RoPE type '" + type
                    + "' is not supported; supported are default, linear, llama3");
        };
        return new RopeSpec(headDim, rope.real("rope_theta", theta), scaling);
    }

    private static Optional<HybridConfig> hybrid(Settings settings) throws CheckpointException {
        if (!isStudent(settings)) {
            return Optional.empty();
        }
        var hybrid = settings.object(HYBRID);
        return Optional.of(new HybridConfig(hybrid.integer("window"), hybrid.integer("sinks"),
                hybrid.integer("chunk_size", HybridConfig.DEFAULT_CHUNK_SIZE)));
    }
}
