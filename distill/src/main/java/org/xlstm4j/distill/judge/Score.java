package org.xlstm4j.distill.judge;

import java.util.Collections;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model's score on one task.
 *
 * @param measure        what was measured, such as {@code exact match} or lm-evaluation-harness's
 *                       {@code acc_norm,none}
 * @param value          the score, on the measure's own scale
 * @param standardError  of the score; NaN where it is not known
 * @param items          the results of the single items by what tells the item from all others; empty where they are
 *                       not known. Σ sum / Σ weight over them is the score or, of what is better low, its logarithm
 * @param higherIsBetter whether more of it is better; of what is not, such as perplexity, models are judged by the
 *                       reciprocal
 * @param protocol       how it was measured, as far as it is known, such as {@code 5-shot, version 1.0}
 */
public record Score(String measure, double value, double standardError, SortedMap<String, Item> items,
                    boolean higherIsBetter, String protocol) {

    /**
     * What an item adds to a score.
     *
     * @param sum    such as 1 or 0 for right or wrong, or a text's negative log-likelihood
     * @param weight such as 1, or the text's bytes
     */
    public record Item(double sum, double weight) {
    }

    public Score {
        Objects.requireNonNull(measure, "measure");
        Objects.requireNonNull(protocol, "protocol");
        items = Collections.unmodifiableSortedMap(new TreeMap<>(items));
    }

    /** The measure of a score of which nothing is said, which goes with any that is better high. */
    static final String UNSAID = "score";

    /** A score of which no more is known than that more is better. */
    public static Score plain(double value) {
        return new Score(UNSAID, value, Double.NaN, Collections.emptySortedMap(), true, "");
    }

    /** The same on a scale {@code factor} times as long; only of what is better high. */
    Score times(double factor) {
        var scaled = new TreeMap<String, Item>();
        items.forEach((name, item) -> scaled.put(name, new Item(item.sum() * factor, item.weight())));
        return new Score(measure, value * factor, standardError * factor, scaled, higherIsBetter, protocol);
    }

    /** Whether the definition can judge it: what is compared must be finite and not negative. */
    boolean judgeable() {
        return Double.isFinite(value) && (higherIsBetter ? value >= 0 : value > 0);
    }

    /** What is compared, A: the score or, of what is better low, its reciprocal. */
    double level() {
        return higherIsBetter ? value : 1 / value;
    }

    /** What is compared, from the ratio Σ sum / Σ weight of some of the items. */
    double level(double ratio) {
        return higherIsBetter ? ratio : Math.exp(-ratio);
    }

    /** The score on some of the items alone, with the standard error of the linearised ratio. */
    Score on(Set<String> some) {
        var kept = new TreeMap<>(items);
        kept.keySet().retainAll(some);
        var weights = kept.values().stream().mapToDouble(Item::weight).sum();
        var ratio = kept.values().stream().mapToDouble(Item::sum).sum() / weights;
        var squares = kept.values().stream().mapToDouble(item -> item.sum() - ratio * item.weight())
                .map(rest -> rest * rest).sum();
        var error = Math.sqrt(squares * kept.size() / (kept.size() - 1)) / weights;
        var part = higherIsBetter ? ratio : Math.exp(ratio);
        return new Score(measure, part, higherIsBetter ? error : error * part, kept, higherIsBetter, protocol);
    }

    /** The standard error of {@link #level}, for a reciprocal to first order; NaN where it is not known. */
    double levelError() {
        return higherIsBetter ? standardError : standardError / (value * value);
    }
}
