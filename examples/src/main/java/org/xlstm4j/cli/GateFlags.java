package org.xlstm4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.xlstm4j.distill.data.JsonLines;
import org.xlstm4j.distill.data.PackedDataset;
import org.xlstm4j.distill.data.PackingOptions;
import org.xlstm4j.distill.report.GateMap;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of the gates that a report shows: found before, or from a student and text. */
final class GateFlags {
    private static final int BATCH = 4;
    private static final int TIME = 512;
    private static final int DOCUMENTS = 128;

    @Option(names = "--gates", arity = "1..*", paramLabel = "CKPT|JSON", description = "Show how much of each head's "
            + "output comes from its mLSTM: student checkpoints, or JSON with [layer][head] or {\"gates\": ...}.")
    private List<Path> gates = List.of();

    @Option(names = "--gate-text", arity = "1..*", paramLabel = "FILE",
            description = "Text that the checkpoints of --gates read: lines {\"text\": ...} or {\"prompt\": ..., "
                    + "\"answer\": ...}; the first 128 documents of them.")
    private List<Path> texts = List.of();

    List<GateMap> maps(CommandSpec spec) throws IOException {
        var maps = new ArrayList<GateMap>();
        for (var path : gates) {
            if (Files.isDirectory(path) && texts.isEmpty()) {
                throw new ParameterException(spec.commandLine(), "--gates " + path
                        + " needs text to read: name some with --gate-text");
            }
            maps.add(Files.isDirectory(path) ? measured(path) : read(path));
        }
        return maps;
    }

    private GateMap measured(Path folder) throws IOException {
        try (var student = OpenModel.open(folder)) {
            if (!student.checkpoint().config().isStudent()) {
                throw new IOException(folder + " is a teacher: only students have gates between mLSTM and window");
            }
            var read = JsonLines.documents(texts);
            var tokens = student.encoding().documents(read.subList(0, Math.min(DOCUMENTS, read.size())));
            var epoch = new PackedDataset(tokens, new PackingOptions(TIME, BATCH, false, 0)).epoch(0);
            var batches = IntStream.range(0, epoch.size()).mapToObj(epoch::batch).toList();
            return GateMap.of(student.name(), GateMixture.of(student.model(), batches));
        }
    }

    private static GateMap read(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new IOException(file + ": there is no such file or folder");
        }
        var tree = Outputs.readJson(file);
        var layers = new ArrayList<List<Double>>();
        for (var layer : tree.isArray() ? tree : tree.path("gates")) {
            var heads = new ArrayList<Double>();
            for (var head : layer) {
                heads.add(head.isNumber() ? head.doubleValue() : Double.NaN);
            }
            layers.add(heads);
        }
        try {
            return new GateMap(OpenModel.nameOf(file).replaceFirst("\\.json$", ""), layers);
        } catch (IllegalArgumentException e) {
            throw new IOException(file + ": " + e.getMessage(), e);
        }
    }
}
