package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.HybridConfig.Memory;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.Traits;
import org.xlstm4j.safetensors.DType;

/** Between Hugging Face's config.json, in its older and newer style, and {@link ModelConfig}. */
final class ConfigJson {
    private static final String HYBRID = "hybrid";
    private static final String MEMORY = "memory";
    private static final String MODEL_TYPE = "model_type";
    /** More than any model has; a number beyond it would be asked for memory first. */
    private static final int MAX_LAYERS = 10_000;
    /** Settings that have one value in all families, which an absent setting has too; null means absent. */
    private static final Map<String, JsonNode> ONLY = Map.of("hidden_act", TextNode.valueOf("silu"),
            "quantization_config", NullNode.instance);

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
        try {
            return read(settings, family);
        } catch (IllegalArgumentException e) {
            throw new CheckpointException(file + ": " + e.getMessage(), e);
        }
    }

    private static ModelConfig read(Settings settings, Family family) throws CheckpointException {
        var defaults = family.defaults();
        int hiddenSize = settings.integer("hidden_size");
        int layers = settings.integer("num_hidden_layers");
        if (layers > MAX_LAYERS) {
            throw new CheckpointException(settings.file() + ": num_hidden_layers must be at most " + MAX_LAYERS
                    + ", was " + layers);
        }
        int heads = settings.integer("num_attention_heads");
        int headDim = headDim(settings, family, hiddenSize, heads);
        int maxPositions = settings.integer("max_position_embeddings", defaults.maxPositions());
        var ropes = new RopeJson(settings, family, headDim, maxPositions).read();
        var sliding = new LayerWindows(settings, family, layers).read(ropes.sliding());
        return new ModelConfig(family.modelType(), settings.integer("vocab_size"), hiddenSize,
                settings.integer("intermediate_size"), layers, heads,
                settings.integer("num_key_value_heads", defaults.keyValueHeads()).orElse(heads), headDim, maxPositions,
                settings.real("rms_norm_eps", defaults.normEps()), ropes.full(),
                settings.flag("tie_word_embeddings", false), traits(settings, family), sliding, hybrid(settings));
    }

    private static int headDim(Settings settings, Family family, int hiddenSize, int heads) throws CheckpointException {
        var given = settings.integer("head_dim", family.defaults().headDim());
        if (given.isEmpty() && (heads <= 0 || hiddenSize % heads != 0)) {
            throw new CheckpointException(settings.file() + ": hidden_size (" + hiddenSize
                    + ") must be a multiple of num_attention_heads (" + heads + ") where head_dim is not given");
        }
        return given.orElseGet(() -> hiddenSize / heads);
    }

    private static Traits traits(Settings settings, Family family) throws CheckpointException {
        var biases = switch (family.layers().bias()) {
            case NONE -> Traits.Biases.NONE;
            case QUERY_KEY_VALUE -> Traits.Biases.QUERY_KEY_VALUE;
            case AS_CONFIGURED -> settings.flag("attention_bias", false) ? Traits.Biases.ALL : Traits.Biases.NONE;
        };
        return new Traits(family.layers().norms(), family.layers().queryKeyNorm(), biases);
    }

    /** {@code source} with what {@code config} and {@code dtype} change in it; all else is carried over untouched. */
    static ObjectNode write(ObjectNode source, Path sourceFile, ModelConfig config, DType dtype)
            throws CheckpointException {
        var json = write(source, sourceFile, config);
        return json.put(json.has("torch_dtype") ? "torch_dtype" : "dtype", dtype.configName());
    }

    /** {@code source} with what {@code config} changes in it; all else, its type as well, is carried over untouched. */
    static ObjectNode write(ObjectNode source, Path sourceFile, ModelConfig config) throws CheckpointException {
        var family = Family.ofTeacher(config.family()).orElseThrow(() -> unsupported(config.family(), sourceFile));
        var json = source.deepCopy();
        json.put(MODEL_TYPE, config.isStudent() ? family.studentModelType() : family.modelType());
        json.putArray("architectures")
                .add(config.isStudent() ? family.studentArchitecture() : family.architecture());
        json.remove(HYBRID);
        config.hybrid().ifPresent(hybrid -> write(hybrid, json.putObject(HYBRID))
                .put("teacher_model_type", family.modelType()));
        if (!read(json, sourceFile).equals(config)) {
            throw new CheckpointException(sourceFile + " describes another architecture than the model to be written: "
                    + read(json, sourceFile) + " instead of " + config);
        }
        return json;
    }

    /** The memory is left out where it is an mLSTM, as it was before there was another. */
    private static ObjectNode write(HybridConfig hybrid, ObjectNode json) {
        if (hybrid.memory() != Memory.MLSTM) {
            json.put(MEMORY, hybrid.memory().name().toLowerCase(Locale.ROOT));
        }
        return json.put("window", hybrid.window()).put("sinks", hybrid.sinks()).put("chunk_size", hybrid.chunkSize());
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
        var only = new LinkedHashMap<>(ONLY);
        only.putAll(family.only());
        for (var entry : only.entrySet()) {
            if (settings.has(entry.getKey()) && !settings.json().get(entry.getKey()).equals(entry.getValue())) {
                throw new UnsupportedModelException(settings.file() + ": '" + entry.getKey() + "' is "
                        + settings.json().get(entry.getKey()) + "; " + family.modelType()
                        + " models are supported with " + (entry.getValue().isNull() ? "none" : entry.getValue()) + " only");
            }
        }
    }

    private static Optional<HybridConfig> hybrid(Settings settings) throws CheckpointException {
        if (!isStudent(settings)) {
            return Optional.empty();
        }
        var hybrid = settings.object(HYBRID);
        return Optional.of(new HybridConfig(memory(hybrid), hybrid.integer("window"), hybrid.integer("sinks"),
                hybrid.integer("chunk_size", HybridConfig.DEFAULT_CHUNK_SIZE)));
    }

    private static Memory memory(Settings hybrid) throws CheckpointException {
        var name = hybrid.text(MEMORY, "mlstm");
        return switch (name) {
            case "mlstm" -> Memory.MLSTM;
            case "linear" -> Memory.LINEAR;
            default -> throw new UnsupportedModelException(hybrid.file() + ": 'memory' is '" + name
                    + "'; supported are mlstm and linear");
        };
    }
}
