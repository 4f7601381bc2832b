package org.xlstm4j.distill.judge;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A model's score on one task.
 *
 * @param measure        what was measured, such as {@code exact match} or lm-evaluation-harness's
 *                       {@code acc_norm,none}
 * @param value          the score, on the measure's own scale
 * @param standardError  of the score; NaN where it is not known
 * @param items          the results of the single items, of which the score is the mean, by what tells the item from
 *                       all others; empty where they are not known
 * @param higherIsBetter whether more of it is better; of what is not, such as perplexity, models are judged by the
 *                       reciprocal
 * @param protocol       how it was measured, as far as it is known, such as {@code 5-shot, version 1.0}
 */
public record Score(String measure, double value, double standardError, SortedMap<String, Double> items,
                    boolean higherIsBetter, String protocol) {

    public Score {
        Objects.requireNonNull(measure, "measure");
        Objects.requireNonNull(protocol, "protocol");
        items = Collections.unmodifiableSortedMap(new TreeMap<>(items));
    }

    /** A score of which no more is known than that more is better. */
    public static Score plain(double value) {
        return new Score("score", value, Double.NaN, Collections.emptySortedMap(), true, "");
    }

    /** The same on a scale {@code factor} times as long. */
    Score times(double factor) {
        var scaled = new TreeMap<String, Double>();
        items.forEach((item, result) -> scaled.put(item, result * factor));
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

    /** The standard error of {@link #level}, for a reciprocal to first order; NaN where it is not known. */
    double levelError() {
        return higherIsBetter ? standardError : standardError / (value * value);
    }
}
