package org.xlstm4j.checkpoint;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.xlstm4j.files.AtomicWrite;
import org.xlstm4j.model.CausalLm;
import org.xlstm4j.model.ModelConfig;
import org.xlstm4j.model.ParameterNames;
import org.xlstm4j.safetensors.DType;
import org.xlstm4j.safetensors.SafetensorsWriter;

/**
 * A Hugging Face checkpoint folder: {@code config.json}, {@code model.safetensors} or its shards and index, and the
 * tokenizer's files. Students are such folders too, with a {@code hybrid} object in their config.json.
 *
 * <p>Opening reads config.json and the index; {@link #load()} reads the weights.
 */
public final class Checkpoint {
    private static final Logger LOG = LoggerFactory.getLogger(Checkpoint.class);
    private static final String CONFIG = "config.json";
    private static final String BEGIN = "bos_token";
    /** In a student's config.json, the fingerprint of its teacher. */
    private static final String TEACHER = "teacher_fingerprint";
    /** Of tensors in a file, as Hugging Face's libraries have it. */
    private static final long MAX_SHARD_BYTES = 5_000_000_000L;
    private static final String GENERATION = "generation_config.json";

    /** Files that a written checkpoint takes over from its source, besides config.json. */
    private static final List<String> CARRIED = List.of(GENERATION, "tokenizer.json",
            "tokenizer_config.json", "special_tokens_map.json", "added_tokens.json", "tokenizer.model", "vocab.json",
            "merges.txt", "chat_template.jinja", "chat_template.json");

    /**
     * What a checkpoint's headers say.
     *
     * @param tensors    number of tensors
     * @param parameters number of their elements
     * @param bytes      bytes of their elements
     * @param dtypes     number of elements by type
     * @param files      weight files, in name order
     */
    public record Summary(int tensors, long parameters, long bytes, Map<DType, Long> dtypes, List<Path> files) {
        public Summary {
            dtypes = Map.copyOf(dtypes);
            files = List.copyOf(files);
        }
    }

    private final Path folder;
    private final ObjectNode json;
    private final ModelConfig config;
    private final WeightFiles files;
    private volatile String fingerprint;

    private Checkpoint(Path folder, ObjectNode json, ModelConfig config, WeightFiles files) {
        this.folder = folder;
        this.json = json;
        this.config = config;
        this.files = files;
    }

    /**
     * Opens the checkpoint in {@code folder}.
     *
     * @throws UnsupportedModelException if its family or one of its settings is not supported
     * @throws CheckpointException       if config.json, the index or a shard is missing or broken
     */
    public static Checkpoint open(Path folder) throws IOException {
        var file = folder.resolve(CONFIG);
        if (!Files.isRegularFile(file)) {
            throw new CheckpointException(
                    folder + " is not a checkpoint: it has no " + CONFIG + "; give a folder as Hugging Face saves it");
        }
        var json = Json.readObject(file);
        return new Checkpoint(folder, json, ConfigJson.read(json, file), WeightFiles.find(folder));
    }

    /** Where the checkpoint lies. */
    public Path folder() {
        return folder;
    }

    /** The architecture. */
    public ModelConfig config() {
        return config;
    }

    /** Id of the token that begins a text, if config.json names one. */
    public OptionalInt beginToken() throws CheckpointException {
        var settings = new Settings(json, folder.resolve(CONFIG));
        return settings.has("bos_token_id") ? OptionalInt.of(settings.integer("bos_token_id")) : OptionalInt.empty();
    }

    /**
     * Id of the token that texts are to begin with: what tokenizer_config.json says, where it speaks of one, otherwise
     * {@link #beginToken()}; none if nothing names one, or none is to be added.
     *
     * @throws IllegalArgumentException if {@code tokenizer} has no such token
     */
    public OptionalInt beginToken(Tokenizer tokenizer) throws IOException {
        var file = folder.resolve(SpecialTokenTexts.CONFIG);
        if (Files.isRegularFile(file)) {
            var settings = new Settings(Json.readObject(file), file);
            if (!settings.json().path("add_bos_token").asBoolean(true)) {
                return OptionalInt.empty();
            }
            if (settings.json().has(BEGIN)) {
                return settings.has(BEGIN) ? OptionalInt.of(tokenizer.tokenId(SpecialTokenTexts.text(settings, BEGIN)))
                        : OptionalInt.empty();
            }
        }
        return beginToken();
    }

    /** Ids of the tokens that end a text, as generation_config.json or else config.json names them; may be none. */
    public List<Integer> endTokens() throws IOException {
        var generation = folder.resolve(GENERATION);
        if (Files.isRegularFile(generation)) {
            var tokens = new Settings(Json.readObject(generation), generation).integers("eos_token_id");
            if (!tokens.isEmpty()) {
                return tokens;
            }
        }
        return new Settings(json, folder.resolve(CONFIG)).integers("eos_token_id");
    }

    /** Opens the weights, to read them a tensor at a time; to be closed. */
    public Weights weights() throws IOException {
        return Weights.open(folder, files.shards(), files.index());
    }

    /** Opens the tokenizer; to be closed. */
    public Tokenizer tokenizer() throws IOException {
        return Tokenizer.open(folder);
    }

    /**
     * Opens the chat template.
     *
     * @throws CheckpointException if there is none, or it is broken or has a statement that is not supported
     */
    public ChatTemplate chatTemplate() throws IOException {
        return ChatTemplate.open(folder);
    }

    /** How the tensors meet {@link #config()}, from the headers (and, if there are two, both ends of a tied head). */
    public ImportReport report() throws IOException {
        return report(ImportOptions.STRICT);
    }

    /** As {@link #report()}, with what {@code options} let pass. */
    public ImportReport report(ImportOptions options) throws IOException {
        try (var weights = weights()) {
            return ImportReport.of(weights, config, options);
        }
    }

    /** Counts from the headers alone. */
    public Summary summary() throws IOException {
        try (var weights = weights()) {
            var dtypes = new EnumMap<DType, Long>(DType.class);
            long bytes = 0;
            for (var name : weights.names()) {
                var info = weights.info(name);
                dtypes.merge(info.dtype(), info.elements(), Long::sum);
                bytes += info.bytes();
            }
            long parameters = dtypes.values().stream().mapToLong(Long::longValue).sum();
            return new Summary(weights.names().size(), parameters, bytes, dtypes, List.copyOf(files.shards()));
        }
    }

    /** SHA-256 of the weight files in name order, in hexadecimal; they are read for it once. */
    public String fingerprint() throws IOException {
        if (fingerprint == null) {
            fingerprint = Fingerprint.of(List.copyOf(files.shards()));
        }
        return fingerprint;
    }

    /** The {@link #fingerprint} of the teacher that this is a student of, if it is one and its config.json says so. */
    public Optional<String> teacher() throws CheckpointException {
        var settings = new Settings(json, folder.resolve(CONFIG));
        return config.isStudent() && settings.has(TEACHER) ? Optional.of(settings.text(TEACHER)) : Optional.empty();
    }

    /**
     * Reads the model, all parameters as float32.
     *
     * @throws CheckpointException listing every missing, unexpected and mismatched tensor, if there are any, or if the
     *                             parameters take more memory than the process may have
     */
    public CausalLm load() throws IOException {
        return load(ImportOptions.STRICT);
    }

    /**
     * As {@link #load()}, but lets pass what {@code options} say; the log states it as {@link ImportReport} does.
     *
     * @throws CheckpointException listing every difference, if there is one that is not let pass
     */
    public CausalLm load(ImportOptions options) throws IOException {
        try (var weights = weights()) {
            var report = ImportReport.of(weights, config, options);
            if (!report.isAccepted()) {
                throw new CheckpointException(folder + " does not fit its " + CONFIG + ": " + report.problems());
            }
            if (!report.isExact()) {
                LOG.warn("{} does not fit its {}: {}", folder, CONFIG, report.problems());
            }
            NativeMemory.require(MemoryEstimate.of(config).parameters(), folder + " as float32");
            var missing = Set.copyOf(report.missing());
            var shapes = config.parameterShapes();
            var parameters = weights.readFloat32(
                    shapes.keySet().stream().filter(name -> !missing.contains(name)).toList());
            missing.forEach(name -> parameters.put(name, neutral(name, shapes.get(name))));
            return new CausalLm(config, parameters);
        }
    }

    private static INDArray neutral(String name, long[] shape) {
        return ParameterNames.isNorm(name) ? Nd4j.ones(DataType.FLOAT, shape) : Nd4j.zeros(DataType.FLOAT, shape);
    }

    /**
     * Writes {@code model} as a checkpoint, with the config.json and the tokenizer of {@code source}.
     *
     * @param target folder to create; it appears under its name only when it is whole
     * @param dtype  type to store the weights as: F32, BF16 or F16
     * @return the checkpoint written
     * @throws CheckpointException if {@code target} exists and is not empty, or {@code source} has another architecture
     */
    public static Checkpoint write(Path target, CausalLm model, Checkpoint source, DType dtype) throws IOException {
        return write(target, model.config(), model.parameters()::get, source, dtype);
    }

    /** Gives a parameter's values when their turn to be written has come. */
    @FunctionalInterface
    public interface ParameterSource {
        INDArray read(String name) throws IOException;
    }

    /** As {@link #write(Path, CausalLm, Checkpoint, DType)}, a parameter at a time, for models larger than memory. */
    public static Checkpoint write(Path target, ModelConfig config, ParameterSource parameters, Checkpoint source,
                                   DType dtype) throws IOException {
        var json = ConfigJson.write(source.json, source.folder.resolve(CONFIG), config, dtype);
        var writer = newWriter();
        config.parameterShapes().forEach((name, shape) -> writer.add(name, dtype, shape, () -> parameters.read(name)));
        return write(target, json, writer, source, config);
    }

    /**
     * As {@link #write(Path, CausalLm, Checkpoint, DType)}, but with the tensors that {@code source} has: of the same
     * names and types, a tied head stored or not, and those that are no parameter as they are. Parameters without a
     * tensor in {@code source}, such as those that a student adds, are stored as F32.
     *
     * @throws CheckpointException if {@code target} exists and is not empty, {@code source} has another architecture,
     *                             or a tensor whose shape is not its parameter's
     */
    public static Checkpoint write(Path target, CausalLm model, Checkpoint source) throws IOException {
        var json = ConfigJson.write(source.json, source.folder.resolve(CONFIG), model.config());
        try (var weights = source.weights()) {
            return write(target, json, new SourceTensors(weights, source.config).writer(model), source,
                    model.config());
        }
    }

    private static Checkpoint write(Path target, ObjectNode json, SafetensorsWriter writer, Checkpoint source,
                                    ModelConfig config) throws IOException {
        // Last in any case, so that a student of a student has the same file.
        var known = json.remove(TEACHER);
        if (config.isStudent() && !source.config.isStudent()) {
            json.put(TEACHER, source.fingerprint());
        } else if (config.isStudent() && known != null) {
            json.set(TEACHER, known);
        }
        AtomicWrite.folder(target, folder -> {
            for (var name : CARRIED) {
                var carried = source.folder.resolve(name);
                if (Files.isRegularFile(carried)) {
                    Links.requireInside(source.folder, carried);
                    AtomicWrite.bytes(folder.resolve(name), Files.readAllBytes(carried));
                }
            }
            AtomicWrite.bytes(folder.resolve(CONFIG), Json.bytes(json));
            writer.writeShards(folder, MAX_SHARD_BYTES);
        });
        return open(target);
    }

    static SafetensorsWriter newWriter() {
        return new SafetensorsWriter().metadata("format", "pt");
    }
}
