package org.xlstm4j.distill.evaluate;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Measures of a task from its items. Every measure rests on a ratio of sums R = Σ x / Σ w over items. A share of items
 * has the binomial standard error √(R (1 − R) / n); any other ratio that of the linearised ratio,
 * √(n / (n − 1) · Σ (x − R w)²) / Σ w, items being independent and what lies within one not; e^R has e^R times that
 * of R.
 */
final class Scoring {
    private static final double LN2 = Math.log(2);

    private Scoring() {
    }

    static TaskScore of(String task, List<ItemResult> results) {
        if (results.isEmpty()) {
            throw new IllegalArgumentException("task " + task + " has no items");
        }
        var kind = results.get(0).kind();
        if (results.stream().anyMatch(result -> result.kind() != kind)) {
            throw new IllegalArgumentException("task " + task + " has items of several kinds");
        }
        var measures = switch (kind) {
            case EXACT_MATCH -> exactMatch(cast(results, ExactMatchResult.class));
            case MULTIPLE_CHOICE -> choice(cast(results, ChoiceResult.class));
            case PERPLEXITY -> perplexity(cast(results, TextResult.class));
            case NEEDLE -> Map.of("accuracy", share(cast(results, NeedleResult.class), NeedleResult::correct));
        };
        return new TaskScore(task, kind, results.size(), measures.keySet().iterator().next(), measures);
    }

    private static <T extends ItemResult> List<T> cast(List<ItemResult> results, Class<T> type) {
        return results.stream().map(type::cast).toList();
    }

    private static Map<String, Measure> exactMatch(List<ExactMatchResult> results) {
        var measures = new LinkedHashMap<String, Measure>();
        measures.put("exact_match", share(results, ExactMatchResult::correct));
        measures.put("nll", ratio(results, ExactMatchResult::nll, ExactMatchResult::answerTokens));
        measures.put("nll_per_item", ratio(results, ExactMatchResult::nll, result -> 1));
        return measures;
    }

    private static Map<String, Measure> choice(List<ChoiceResult> results) {
        var measures = new LinkedHashMap<String, Measure>();
        var primary = results.get(0).normalization();
        measures.put(primary.measure(), share(results, result -> result.isCorrect(primary)));
        for (var by : Normalization.values()) {
            measures.putIfAbsent(by.measure(), share(results, result -> result.isCorrect(by)));
        }
        return measures;
    }

    private static Map<String, Measure> perplexity(List<TextResult> results) {
        var measures = new LinkedHashMap<String, Measure>();
        var byByte = ratio(results, TextResult::nll, TextResult::bytes);
        measures.put("byte_perplexity", exp(byByte));
        measures.put("bits_per_byte", new Measure(byByte.value() / LN2, byByte.standardError() / LN2));
        measures.put("word_perplexity", exp(ratio(results, TextResult::nll, TextResult::words)));
        measures.put("token_perplexity", exp(ratio(results, TextResult::nll, TextResult::tokens)));
        if (results.stream().noneMatch(result -> Double.isNaN(result.kl()))) {
            measures.put("teacher_agreement", ratio(results, TextResult::agreements, TextResult::tokens));
            measures.put("teacher_kl", ratio(results, TextResult::kl, TextResult::tokens));
            measures.put("teacher_byte_perplexity", exp(ratio(results, TextResult::teacherNll, TextResult::bytes)));
        }
        return measures;
    }

    /** The share of results for which something holds. */
    static <T> Measure share(List<T> results, Predicate<T> holds) {
        double share = (double) results.stream().filter(holds).count() / results.size();
        return new Measure(share, Math.sqrt(share * (1 - share) / results.size()));
    }

    private static <T> Measure ratio(List<T> results, ToDoubleFunction<T> sum, ToDoubleFunction<T> weight) {
        double weights = results.stream().mapToDouble(weight).sum();
        double ratio = results.stream().mapToDouble(sum).sum() / weights;
        double squares = results.stream().mapToDouble(sum(sum, weight, ratio)).map(x -> x * x).sum();
        double items = results.size();
        return new Measure(ratio, Math.sqrt(items / (items - 1) * squares) / weights);
    }

    private static <T> ToDoubleFunction<T> sum(ToDoubleFunction<T> sum, ToDoubleFunction<T> weight, double ratio) {
        return result -> sum.applyAsDouble(result) - ratio * weight.applyAsDouble(result);
    }

    private static Measure exp(Measure logarithm) {
        double value = Math.exp(logarithm.value());
        return new Measure(value, value * logarithm.standardError());
    }
}
