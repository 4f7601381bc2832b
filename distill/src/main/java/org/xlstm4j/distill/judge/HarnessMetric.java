package org.xlstm4j.distill.judge;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A measure of lm-evaluation-harness, {@code acc_norm,none}: what was measured, and behind which filter of the answers.
 *
 * @param name   such as {@code acc_norm}
 * @param filter such as {@code none} or {@code strict-match}; empty in the files of harnesses before 0.4
 */
record HarnessMetric(String name, String filter) {
    private static final List<String> ORDER = List.of("acc_norm", "acc", "exact_match", "pass@1", "pass_at_1",
            "prompt_level_strict_acc", "em", "f1", "word_perplexity");
    private static final List<String> FILTER_ORDER = List.of("", "none", "strict-match");
    /** What else stands beside the measures; the harness's "bypass" is a place holder, 999. */
    private static final Set<String> NO_METRICS = Set.of("alias", "name", "samples", "sample_len", "sample_count",
            "version", "bypass", "");
    private static final Set<String> PROPORTIONS = Set.of("acc", "acc_norm", "exact_match", "em");
    private static final Set<String> LOWER_IS_BETTER = Set.of("bits_per_byte", "brier_score", "ter", "wer", "loss");

    static HarnessMetric of(String key) {
        var comma = key.indexOf(',');
        return comma < 0 ? new HarnessMetric(key, "")
                : new HarnessMetric(key.substring(0, comma), key.substring(comma + 1));
    }

    /** The measures that the result of one task holds, in its order. */
    static List<HarnessMetric> in(JsonNode result) {
        var metrics = new ArrayList<HarnessMetric>();
        for (var field : result.properties()) {
            var metric = of(field.getKey().strip());
            if (field.getValue().isNumber() && !metric.name().endsWith("_stderr")
                    && !NO_METRICS.contains(metric.name())) {
                metrics.add(metric);
            }
        }
        return metrics;
    }

    /**
     * The one that counts.
     *
     * @param wanted the user's choice for this task, or null
     * @throws IllegalArgumentException if the task does not have it, or none stands out
     */
    static HarnessMetric choose(List<HarnessMetric> metrics, String wanted) {
        if (wanted != null) {
            return behindFilter(named(metrics, of(wanted)), metrics);
        }
        for (var name : ORDER) {
            var named = metrics.stream().filter(metric -> metric.name().equals(name)).toList();
            if (!named.isEmpty()) {
                return behindFilter(named, metrics);
            }
        }
        if (metrics.stream().map(HarnessMetric::name).distinct().count() > 1) {
            throw new IllegalArgumentException("none of the measures " + list(metrics) + " stands out");
        }
        return behindFilter(metrics, metrics);
    }

    /** Whether the task has it: by name, or by name and filter. */
    static boolean has(List<HarnessMetric> metrics, String wanted) {
        return !named(metrics, of(wanted)).isEmpty();
    }

    private static List<HarnessMetric> named(List<HarnessMetric> metrics, HarnessMetric wanted) {
        return metrics.stream().filter(metric -> metric.name().equals(wanted.name())
                && (wanted.filter().isEmpty() || metric.filter().equals(wanted.filter()))).toList();
    }

    private static HarnessMetric behindFilter(List<HarnessMetric> named, List<HarnessMetric> all) {
        if (named.isEmpty()) {
            throw new IllegalArgumentException("it has only " + list(all));
        }
        if (named.size() == 1) {
            return named.get(0);
        }
        return FILTER_ORDER.stream()
                .flatMap(filter -> named.stream().filter(metric -> metric.filter().equals(filter))).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("none of the filters of " + list(named)
                        + " stands out"));
    }

    private static String list(List<HarnessMetric> metrics) {
        return metrics.stream().map(HarnessMetric::key).collect(Collectors.joining("; "));
    }

    String key() {
        return filter.isEmpty() ? name : name + "," + filter;
    }

    String errorKey() {
        return filter.isEmpty() ? name + "_stderr" : name + "_stderr," + filter;
    }

    /** Whether it is a mean of zeros and ones, of which the standard error follows from the number of items. */
    boolean proportion() {
        return PROPORTIONS.contains(name);
    }

    /** Whether more of it is better, where the file does not say. */
    boolean higherIsBetterByName() {
        return !name.contains("perplexity") && !LOWER_IS_BETTER.contains(name);
    }
}
