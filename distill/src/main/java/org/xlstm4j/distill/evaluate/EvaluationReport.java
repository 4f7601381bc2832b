package org.xlstm4j.distill.evaluate;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.xlstm4j.files.AtomicWrite;

/**
 * What an evaluation found, down to the single answers, so that it can be looked into and split again later.
 *
 * @param model   the name of the model
 * @param options what was evaluated, and how
 * @param tasks   the results by task
 */
public record EvaluationReport(String model, EvaluationOptions options, List<TaskResult> tasks) {
    private static final String FORMAT = "xlstm4j-evaluation-2";
    /** Of earlier versions: exact match alone. */
    private static final String FORMAT_1 = "xlstm4j-evaluation-1";
    private static final ObjectMapper MAPPER = JsonMapper.builder()
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** The report as it lies in a file. */
    private record Content(String format, String model, EvaluationOptions options, List<TaskResult> tasks) {
    }

    public EvaluationReport {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(options, "options");
        tasks = List.copyOf(tasks);
    }

    /** What models are compared by, by task, higher for better ({@link TaskScore#score}). */
    public SortedMap<String, Double> scores() {
        var scores = new TreeMap<String, Double>();
        tasks.forEach(task -> scores.put(task.score().task(), task.score().score().value()));
        return scores;
    }

    /** The mean over tasks of what models are compared by. */
    public double meanScore() {
        return tasks.stream().mapToDouble(task -> task.score().score().value()).average().orElse(Double.NaN);
    }

    /** The accuracy of every length and depth of the needle tasks, by length and depth; empty if there are none. */
    public List<NeedleCell> needles() {
        return NeedleCell.of(tasks.stream().flatMap(task -> task.items().stream())
                .filter(NeedleResult.class::isInstance).map(NeedleResult.class::cast).toList());
    }

    /**
     * This report on a part of its items, scored anew.
     *
     * @throws IllegalArgumentException if the report does not cover that part
     */
    public EvaluationReport only(Split split) {
        if (options.split() != Split.ALL && options.split() != split) {
            throw new IllegalArgumentException("the report on " + model + " covers the split " + options.split()
                    + ", not " + split + "; evaluate it on " + split + " or " + Split.ALL);
        }
        var parts = new ArrayList<TaskResult>();
        for (var task : tasks) {
            var items = task.items().stream().filter(item -> split.contains(item.index())).toList();
            if (!items.isEmpty()) {
                parts.add(TaskResult.of(task.score().task(), items));
            }
        }
        return new EvaluationReport(model, options.withSplit(split), parts);
    }

    /** Writes the report as JSON; the file is there whole or not at all. */
    public void write(Path file) throws IOException {
        var bytes = MAPPER.writeValueAsBytes(new Content(FORMAT, model, options, tasks));
        Files.createDirectories(file.toAbsolutePath().getParent());
        AtomicWrite.file(file, channel -> {
            for (var buffer = ByteBuffer.wrap(bytes); buffer.hasRemaining(); ) {
                channel.write(buffer);
            }
        });
    }

    /**
     * Reads a report.
     *
     * @throws IOException if the file cannot be read or is not a report
     */
    public static EvaluationReport read(Path file) throws IOException {
        return report(file, tree(file));
    }

    /**
     * Reads {@link #scores} by task, from a report or from a plain JSON object {@code {"task": score, …}}.
     *
     * @throws IOException if the file cannot be read or is neither
     */
    public static SortedMap<String, Double> readScores(Path file) throws IOException {
        var tree = tree(file);
        if (tree.has("format")) {
            return report(file, tree).scores();
        }
        var scores = new TreeMap<String, Double>();
        for (var field : tree.properties()) {
            if (!field.getValue().isNumber()) {
                throw new IOException(file + ": the score of \"" + field.getKey() + "\" is not a number");
            }
            scores.put(field.getKey(), field.getValue().doubleValue());
        }
        return scores;
    }

    private static EvaluationReport report(Path file, JsonNode tree) throws IOException {
        var format = tree.path("format").asText();
        if (!format.equals(FORMAT) && !format.equals(FORMAT_1)) {
            throw new IOException(file + ": not an evaluation report (\"format\" is neither \"" + FORMAT + "\" nor \""
                    + FORMAT_1 + "\")");
        }
        try {
            if (format.equals(FORMAT_1)) {
                return MAPPER.treeToValue(tree, ReportFormat1.class).report();
            }
            var content = MAPPER.treeToValue(tree, Content.class);
            return new EvaluationReport(content.model(), content.options(), content.tasks());
        } catch (JsonProcessingException | IllegalArgumentException e) {
            var problem = e instanceof JsonProcessingException broken ? broken.getOriginalMessage() : e.getMessage();
            throw new IOException(file + ": broken evaluation report: " + firstLine(problem), e);
        }
    }

    private static JsonNode tree(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            throw new FileSystemException(file.toString(), null, "there is no such file");
        }
        JsonNode tree;
        try {
            tree = MAPPER.readTree(Files.readAllBytes(file));
        } catch (JsonProcessingException e) {
            throw new IOException(file + ": broken JSON in line " + e.getLocation().getLineNr() + ": "
                    + firstLine(e.getOriginalMessage()), e);
        }
        if (!tree.isObject()) {
            throw new IOException(file + ": not a JSON object with an evaluation report or scores by task");
        }
        return tree;
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
