package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.xlstm4j.checkpoint.Checkpoint;
import org.xlstm4j.checkpoint.ImportOptions;
import org.xlstm4j.checkpoint.MemoryEstimate;
import org.xlstm4j.checkpoint.NativeMemory;
import org.xlstm4j.distill.data.Encoding;
import org.xlstm4j.distill.data.SpecialTokens;
import org.xlstm4j.model.HybridConfig;
import org.xlstm4j.model.SlidingLayers;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: what a checkpoint or a target store is, from its headers alone. */
@Command(name = "inspect", description = "Show what a checkpoint or a target store is, from its headers alone.")
final class InspectCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Parameters(paramLabel = "CKPT|STORE",
            description = "A checkpoint's folder, or the file of a target store, which may be under capture.")
    private Path place;

    @Mixin
    private ImportFlags flags;

    @Option(names = "--batch", paramLabel = "N", defaultValue = "8",
            description = "Rows of the training batch whose memory is estimated (default: ${DEFAULT-VALUE}).")
    private int batch;

    @Option(names = "--time", paramLabel = "T", defaultValue = "1024",
            description = "Tokens of each of its rows (default: ${DEFAULT-VALUE}).")
    private int time;

    @Option(names = "--verify", description = "Read all of a store, check it, and name what is broken: exit code 1.")
    private boolean verify;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (batch < 1 || time < 1) {
            throw new ParameterException(spec.commandLine(), "--batch and --time must be at least 1");
        }
        if (StoreFacts.isStore(place)) {
            var facts = StoreFacts.of(place, verify, Console.of(spec));
            print(facts.values());
            return facts.problems().isEmpty() ? 0 : 1;
        }
        if (verify) {
            throw new ParameterException(spec.commandLine(), "--verify is for target stores, and " + place
                    + " is none");
        }
        var checkpoint = Checkpoint.open(place);
        var facts = facts(checkpoint, flags.options());
        addMemory(MemoryEstimate.of(checkpoint.config()), facts);
        print(facts);
        return 0;
    }

    private void print(Map<String, Object> facts) throws IOException {
        var console = Console.of(spec);
        if (json) {
            console.out().println(Outputs.json(facts));
        } else {
            int width = facts.keySet().stream().mapToInt(String::length).max().orElse(0);
            var indent = "\n" + " ".repeat(width + 2);
            facts.forEach((name, value) -> console.line("%-" + width + "s  %s", name,
                    text(value).replace("\n", indent)));
        }
    }

    private static Map<String, Object> facts(Checkpoint checkpoint, ImportOptions options) throws IOException {
        var facts = new LinkedHashMap<String, Object>();
        var config = checkpoint.config();
        facts.put("folder", checkpoint.folder().toString());
        facts.put("family", config.family());
        facts.put("kind", config.isStudent() ? "student" : "teacher");
        config.hybrid().ifPresent(hybrid -> facts.put("mixer", mixer(hybrid)));
        facts.put("layers", config.layers());
        facts.put("hiddenSize", config.hiddenSize());
        facts.put("intermediateSize", config.intermediateSize());
        facts.put("heads", config.heads());
        facts.put("keyValueHeads", config.keyValueHeads());
        facts.put("headDim", config.headDim());
        facts.put("vocabSize", config.vocabSize());
        facts.put("maxPositions", config.maxPositions());
        facts.put("ropeTheta", config.rope().theta());
        facts.put("ropeScaling", config.rope().scaling().getClass().getSimpleName().toLowerCase(Locale.ROOT));
        facts.put("norms", text(config.traits().norms()));
        facts.put("queryKeyNorm", text(config.traits().queryKeyNorm()));
        facts.put("biases", text(config.traits().biases()));
        config.sliding().ifPresent(sliding -> facts.put("slidingWindow", sliding(sliding)));
        facts.put("tiedHead", config.tiedHead());
        addWeights(checkpoint, options, facts);
        addTokenizer(checkpoint, facts);
        return facts;
    }

    private static Map<String, Object> mixer(HybridConfig hybrid) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("memory", text(hybrid.memory()));
        settings.put("window", hybrid.window());
        settings.put("sinks", hybrid.sinks());
        settings.put("chunkSize", hybrid.chunkSize());
        return settings;
    }

    private static Map<String, Object> sliding(SlidingLayers sliding) {
        var settings = new LinkedHashMap<String, Object>();
        settings.put("tokens", sliding.window());
        settings.put("layers", sliding.layers());
        settings.put("ropeTheta", sliding.rope().theta());
        return settings;
    }

    private static String text(Enum<?> trait) {
        return trait.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private static void addWeights(Checkpoint checkpoint, ImportOptions options, Map<String, Object> facts)
            throws IOException {
        var summary = checkpoint.summary();
        facts.put("parameters", summary.parameters());
        facts.put("tensors", summary.tensors());
        facts.put("dtypes", new TreeMap<>(summary.dtypes()));
        facts.put("bytes", summary.bytes());
        facts.put("files", summary.files().size());
        var report = checkpoint.report(options);
        facts.put("problems", report.isExact() ? "none" : report.problems());
    }

    private void addMemory(MemoryEstimate estimate, Map<String, Object> facts) {
        long available = NativeMemory.available();
        facts.put("memoryToDecode", memory(estimate.inference(1), available));
        facts.put("memoryToTrain", memory(estimate.training((long) batch * time), available)
                + ", about, on batches of " + batch + " x " + time + " tokens");
        facts.put("memoryAvailable", available == Long.MAX_VALUE ? "unlimited" : NativeMemory.text(available));
    }

    private static String memory(long bytes, long available) {
        return NativeMemory.text(bytes) + (bytes > available ? ", more than is available" : "");
    }

    private static void addTokenizer(Checkpoint checkpoint, Map<String, Object> facts) throws IOException {
        if (!Files.isRegularFile(checkpoint.folder().resolve("tokenizer.json"))) {
            facts.put("tokenizer", "none");
            return;
        }
        try (var tokenizer = checkpoint.tokenizer()) {
            var tokens = SpecialTokens.of(checkpoint, tokenizer);
            facts.put("tokenizer", tokenizer.vocabSize() + " tokens");
            facts.put("beginToken", tokens.begin() == Encoding.NO_BOS ? "none" : tokens.begin());
            facts.put("endTokens", tokens.ends());
        }
    }

    private static String text(Object value) {
        if (value instanceof Long || value instanceof Integer) {
            return String.format(Locale.ROOT, "%,d", value);
        }
        if (value instanceof Double) {
            return String.format(Locale.ROOT, "%.1f", value);
        }
        if (value instanceof List<?> list && !list.isEmpty() && list.get(0) instanceof String) {
            return list.stream().map(Object::toString).collect(Collectors.joining("\n"));
        }
        return value instanceof Map<?, ?> map ? map.toString().replaceAll("[{}]", "") : value.toString();
    }
}
