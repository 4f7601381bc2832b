package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.xlstm4j.distill.data.JsonLines;

/**
 * The harness's results item by item: {@code samples_TASK_DATE.jsonl} beside {@code results_DATE.json}, with a line
 * {@code {"doc_id": …, "doc_hash": …, "filter": "none", "acc": 1.0, …}} an item and filter.
 */
final class HarnessSamples {
    private static final Pattern DATED = Pattern.compile("(?:.*_)?(\\d{4}-\\d{2}-\\d{2}T.*)\\.json");
    private static final String EXPECTED = "{\"doc_id\": …, \"acc\": …}";

    private final Path folder;
    private final Optional<String> date;

    /** Those that were written together with the results in {@code file}. */
    HarnessSamples(Path file) {
        this.folder = file.toAbsolutePath().getParent();
        var matcher = DATED.matcher(file.getFileName().toString());
        this.date = matcher.matches() ? Optional.of(matcher.group(1)) : Optional.empty();
    }

    /** The results of a task's items by this measure; empty where there are none, or they are not one number each. */
    SortedMap<String, Score.Item> of(String task, HarnessMetric metric) throws IOException {
        for (var ending : List.of(".jsonl", ".jsonl.gz", ".jsonl.zst")) {
            var file = folder.resolve("samples_" + task + "_" + date.orElse("") + ending);
            if (date.isPresent() && Files.isRegularFile(file)) {
                return items(task, JsonLines.read(file, EXPECTED, line -> new Sample(line.fields(), metric)), metric);
            }
        }
        return Collections.emptySortedMap();
    }

    /** The same from samples inside the results, as the harness returns them within Python. */
    static SortedMap<String, Score.Item> within(JsonNode samples, String task, HarnessMetric metric) {
        var list = new ArrayList<Sample>();
        samples.forEach(sample -> list.add(new Sample(sample, metric)));
        return items(task, list, metric);
    }

    private static SortedMap<String, Score.Item> items(String task, List<Sample> samples, HarnessMetric metric) {
        var items = new TreeMap<String, Score.Item>();
        for (var sample : samples) {
            if (sample.filter.isEmpty() || metric.filter().isEmpty() || sample.filter.equals(metric.filter())) {
                var item = new Score.Item(sample.result, 1);
                if (Double.isNaN(sample.result) || items.put(task + "\n" + sample.item, item) != null) {
                    return Collections.emptySortedMap();
                }
            }
        }
        return items;
    }

    /** What is kept of a line, which may hold long texts. */
    private record Sample(String item, String filter, double result) {

        Sample(JsonNode fields, HarnessMetric metric) {
            this(id(fields), fields.path("filter").asText(), result(fields.path(metric.name())));
        }

        private static String id(JsonNode fields) {
            if (!fields.has("doc_id")) {
                throw new IllegalArgumentException("there is no \"doc_id\"");
            }
            return fields.get("doc_id").asText() + "\n" + fields.path("doc_hash").asText();
        }

        private static double result(JsonNode value) {
            if (value.isBoolean()) {
                return value.booleanValue() ? 1 : 0;
            }
            return value.isNumber() ? value.doubleValue() : Double.NaN;
        }
    }
}
