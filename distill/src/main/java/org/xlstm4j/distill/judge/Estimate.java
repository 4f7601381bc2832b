package org.xlstm4j.distill.judge;

import java.util.Arrays;
import java.util.Locale;

/**
 * A figure with its confidence interval.
 *
 * @param value the figure of the scores as they are; NaN where there is none
 * @param low   the interval's lower end; NaN where there is no interval
 * @param high  its upper end
 */
public record Estimate(double value, double low, double high) {

    /** A figure without an interval. */
    public static Estimate exact(double value) {
        return new Estimate(value, Double.NaN, Double.NaN);
    }

    /** A figure with the percentile interval of its draws; draws in which it does not exist are passed over. */
    static Estimate of(double value, double[] draws, double level) {
        var sorted = Arrays.stream(draws).filter(draw -> !Double.isNaN(draw)).sorted().toArray();
        if (sorted.length == 0 || Double.isNaN(value)) {
            return exact(value);
        }
        return new Estimate(value, quantile(sorted, (1 - level) / 2), quantile(sorted, (1 + level) / 2));
    }

    /** The quantile of sorted numbers, linear between the two nearest. */
    private static double quantile(double[] sorted, double share) {
        var place = share * (sorted.length - 1);
        var below = (int) place;
        var above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** Whether there is an interval. */
    public boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /** Such as {@code 0.615 [0.462, 0.769]}, with {@code decimals} places; a dash where there is no value. */
    public String text(int decimals) {
        if (Double.isNaN(value)) {
            return "-";
        }
        var number = "%." + decimals + "f";
        return hasInterval()
                ? String.format(Locale.ROOT, number + " [" + number + ", " + number + "]", value, low, high)
                : String.format(Locale.ROOT, number, value);
    }
}
