package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The scores in a result file of lm-evaluation-harness. */
final class HarnessResults {
    /** Items that average to the score this closely are what it is the mean of. */
    private static final double SAME_MEAN = 1e-6;

    private final Path file;
    private final JsonNode tree;
    private final ScoreOptions options;
    private final HarnessGroups groups;
    private final HarnessSamples samples;
    private final List<String> notes = new ArrayList<>();

    HarnessResults(Path file, JsonNode tree, ScoreOptions options) {
        this.file = file;
        this.tree = tree;
        this.options = options;
        this.groups = new HarnessGroups(tree);
        this.samples = new HarnessSamples(file);
    }

    ModelScores scores() throws IOException {
        var metrics = new TreeMap<String, HarnessMetric>();
        var problems = new ArrayList<String>();
        for (var task : groups.counted(options.subtasks())) {
            try {
                metrics.put(task, metric(task));
            } catch (IllegalArgumentException e) {
                problems.add(task + ": " + e.getMessage());
            }
        }
        if (!problems.isEmpty()) {
            throw new ScoreFileException(file, "which measure counts? " + String.join("; ", problems)
                    + ". Choose with --metric TASK=MEASURE");
        }
        if (metrics.isEmpty()) {
            throw new ScoreFileException(file, "there is no score in its \"results\"");
        }
        var tasks = new TreeMap<String, Score>();
        for (var metric : metrics.entrySet()) {
            tasks.put(metric.getKey(), score(metric.getKey(), metric.getValue()));
        }
        return new ModelScores(model(), tasks, settings(), notes, List.of());
    }

    private HarnessMetric metric(String task) {
        var metrics = HarnessMetric.in(tree.path("results").path(task));
        var wanted = options.metrics().get(task);
        var forAll = options.metrics().get("*");
        if (wanted == null && forAll != null && HarnessMetric.has(metrics, forAll)) {
            wanted = forAll;
        }
        return HarnessMetric.choose(metrics, wanted);
    }

    private Score score(String task, HarnessMetric metric) throws IOException {
        var result = tree.path("results").path(task);
        var value = result.path(metric.key()).doubleValue();
        var items = items(task, metric);
        var mean = items.values().stream().mapToDouble(Score.Item::sum).average().orElse(Double.NaN);
        if (!items.isEmpty() && !(Math.abs(mean - value) <= SAME_MEAN * Math.max(1, Math.abs(value)))) {
            notes.add("The samples of " + task + " average to " + mean + ", and not to its score " + value
                    + ": they are not what it is the mean of, and are not used.");
            items = Collections.emptySortedMap();
        }
        return new Score(metric.key(), value, standardError(task, metric, value), items,
                higherIsBetter(task, metric), protocol(task));
    }

    /** Of what is better high; a perplexity is no mean. */
    private SortedMap<String, Score.Item> items(String task, HarnessMetric metric) throws IOException {
        var all = new TreeMap<String, Score.Item>();
        if (options.samples() && higherIsBetter(task, metric)) {
            for (var leaf : groups.leaves(task)) {
                var within = tree.path("samples").path(leaf);
                var items = within.isEmpty() ? samples.of(leaf, metric)
                        : HarnessSamples.within(within, leaf, metric);
                if (items.isEmpty()) {
                    return Collections.emptySortedMap();
                }
                all.putAll(items);
            }
        }
        return all;
    }

    /** As the file has it; where that is "N/A", for a proportion, from the number of items. */
    private double standardError(String task, HarnessMetric metric, double value) {
        var error = tree.path("results").path(task).path(metric.errorKey());
        if (error.isNumber()) {
            return error.doubleValue();
        }
        var count = groups.leaves(task).stream()
                .mapToLong(leaf -> tree.path("n-samples").path(leaf).path("effective").asLong()).sum();
        return metric.proportion() && count > 1 && value >= 0 && value <= 1
                ? Math.sqrt(value * (1 - value) / (count - 1)) : Double.NaN;
    }

    private boolean higherIsBetter(String task, HarnessMetric metric) {
        var said = tree.path("higher_is_better").path(task).path(metric.name());
        return said.isBoolean() ? said.booleanValue() : metric.higherIsBetterByName();
    }

    private String protocol(String task) {
        var parts = new ArrayList<String>();
        var shots = tree.path("n-shot").path(task);
        if (shots.isNumber()) {
            parts.add(shots.asText() + "-shot");
        }
        var version = tree.path("versions").path(task);
        if (version.isValueNode() && !version.isNull()) {
            parts.add("version " + version.asText());
        }
        return String.join(", ", parts);
    }

    /** The name the file has for the model, or of what it was loaded from, or the file's own. */
    private String model() {
        var arguments = tree.path("config").path("model_args");
        var text = arguments.isObject() ? arguments.path("pretrained").asText()
                : arguments.asText().replaceFirst("(?:^|.*,)pretrained=([^,]*).*", "$1");
        var named = tree.path("model_name").asText();
        var name = named.isBlank() ? text : named;
        if (name.isBlank()) {
            return ScoreFiles.name(file);
        }
        // A folder's last name is enough; org/name stays whole.
        return name.matches("[./~].*|.*\\\\.*")
                ? name.replaceFirst("[/\\\\]+$", "").replaceFirst(".*[/\\\\]", "") : name;
    }

    private SortedMap<String, String> settings() {
        var settings = new TreeMap<String, String>();
        put(settings, "lm_eval version", tree.path("lm_eval_version"));
        put(settings, "lm_eval commit", tree.path("git_hash"));
        put(settings, "chat template", tree.path("chat_template_sha"));
        put(settings, "system instruction", tree.path("system_instruction_sha"));
        for (var name : List.of("model", "model_args", "model_revision", "model_dtype", "limit", "batch_size",
                "gen_kwargs", "random_seed", "fewshot_seed")) {
            put(settings, name, tree.path("config").path(name));
        }
        return settings;
    }

    private static void put(SortedMap<String, String> settings, String name, JsonNode value) {
        var text = value.isContainerNode() ? value.toString() : value.asText();
        if (!value.isNull() && !text.isBlank()) {
            settings.put(name, text);
        }
    }
}
