package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.xlstm4j.distill.evaluate.EvaluationReport;

/** Finds out what kind of scores a file holds. */
final class ScoreFiles {
    /** Python writes NaN and Infinity as such. */
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();
    /** The harness puts a folder named after the model between its output path and the results. */
    private static final int FOLDER_DEPTH = 2;

    private ScoreFiles() {
    }

    static ModelScores read(Path path, ScoreOptions options) throws IOException {
        var file = Files.isDirectory(path) ? resultsIn(path) : path;
        var tree = tree(file);
        if (tree.has("format")) {
            return ModelScores.of(EvaluationReport.read(file));
        }
        return tree.path("results").isObject() ? new HarnessResults(file, tree, options).scores() : plain(file, tree);
    }

    private static Path resultsIn(Path folder) throws IOException {
        try (var files = Files.find(folder, FOLDER_DEPTH, (path, attributes) -> attributes.isRegularFile()
                && path.getFileName().toString().matches("results_.*\\.json"))) {
            var found = files.sorted().toList();
            return switch (found.size()) {
                case 1 -> found.get(0);
                case 0 -> throw new ScoreFileException(folder,
                        "there is no results_*.json of lm-evaluation-harness in this folder; name a file of scores");
                default -> throw new ScoreFileException(folder, "this folder holds several results, name one of them: "
                        + found.stream().map(Path::toString).collect(Collectors.joining(", ")));
            };
        }
    }

    private static JsonNode tree(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new ScoreFileException(file, "there is no such file");
        }
        JsonNode tree;
        try (var in = Files.newInputStream(file)) {
            tree = MAPPER.readTree(in);
        } catch (JsonProcessingException e) {
            throw new ScoreFileException(file, "broken JSON in line " + e.getLocation().getLineNr() + ": "
                    + e.getOriginalMessage().lines().findFirst().orElse(""), e);
        }
        if (!tree.isObject()) {
            throw new ScoreFileException(file, "not a JSON object with an evaluation report, the results of"
                    + " lm-evaluation-harness or scores by task");
        }
        return tree;
    }

    private static ModelScores plain(Path file, JsonNode tree) throws IOException {
        var scores = new TreeMap<String, Double>();
        for (var field : tree.properties()) {
            if (!field.getValue().isNumber()) {
                throw new ScoreFileException(file, "the score of \"" + field.getKey() + "\" is not a number; expected"
                        + " an evaluation report, the results of lm-evaluation-harness or {\"task\": score, …}");
            }
            scores.put(field.getKey(), field.getValue().doubleValue());
        }
        if (scores.isEmpty()) {
            throw new ScoreFileException(file, "there is no score in it");
        }
        return ModelScores.plain(name(file), scores);
    }

    /** What to call a model of which only the file's name is known. */
    static String name(Path file) {
        return file.toAbsolutePath().normalize().getFileName().toString().replaceFirst("\\.json$", "");
    }
}
